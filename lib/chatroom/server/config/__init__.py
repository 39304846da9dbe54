"""The configuration: where it comes from, which keys there are, and how it is read again.

    options    the command line              load      all sources, the strongest first
    schema     the keys of the config file   reload    SIGHUP and REHASH
    values     what a key's value may be     places    where files are, if nobody names them
    variables  CHATROOM_* instead of keys    operator_masks  warns of masks that fit strangers

The strongest source is the command line, then a variable, then the file, then the default.
"""
