# Completion of chatroom-client for fish. Put it into ~/.config/fish/completions/

set -l connecting send tail rooms who history search
set -l commands $connecting get forget

function __chatroom_client_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and contains -- $words[2] $argv
end

function __chatroom_profiles
    set -q XDG_CONFIG_HOME; and set -l place $XDG_CONFIG_HOME; or set -l place ~/.config
    sed -n 's/^ *\[ *profiles\.\([A-Za-z0-9_-]*\) *\].*/\1/p' $place/chatroom/client.toml 2>/dev/null
end

function __chatroom_known_servers
    set -q XDG_STATE_HOME; and set -l place $XDG_STATE_HOME; or set -l place ~/.local/state
    sed -n 's/^\([^# ][^ ]*\) .*/\1/p' $place/chatroom/known_servers 2>/dev/null
end

for name in chatroom-client chatroom_client.py
    complete -c $name -f
    complete -c $name -s h -l help -d 'Show help'

    set -l calls 'not __chatroom_client_command get forget'
    set -l secure 'not __chatroom_client_command forget'
    complete -c $name -n "$calls" -l nick -x -d 'The nickname'
    complete -c $name -n "$calls" -l profile -x -a '(__chatroom_profiles)' \
        -d 'A profile of client.toml'
    complete -c $name -n "$calls" -l hosts -r -F -d 'Servers to choose from'
    complete -c $name -n "$calls" -l password-file -r -F -d 'Read the password from its first line'
    complete -c $name -n "$secure" -l tls -d 'Use TLS'
    complete -c $name -n "$secure" -l no-tls -d 'Use no TLS'
    complete -c $name -n "$secure" -l fingerprint -x -d 'Trust only this certificate (SHA-256)'

    set -l none "not __chatroom_client_command $commands"
    complete -c $name -n "$none" -l room -x -d 'A room to go into'
    complete -c $name -n "$none" -l certificate -r -F -d 'Log in with this certificate'
    complete -c $name -n "$none" -l no-discover -d 'Do not look for servers on this network'
    complete -c $name -n "$none" -l no-color -d 'No colours'
    complete -c $name -n "$none" -l version -d 'Print the version'

    set -l first 'test (count (commandline -opc)) -eq 1'
    complete -c $name -n "$first" -a send -d 'Send messages, and make sure that they arrive'
    complete -c $name -n "$first" -a tail -d 'Print new messages as they arrive'
    complete -c $name -n "$first" -a rooms -d 'List the rooms'
    complete -c $name -n "$first" -a who -d 'List the people in a room'
    complete -c $name -n "$first" -a history -d 'Print the history of a room'
    complete -c $name -n "$first" -a search -d 'Find words in the history'
    complete -c $name -n "$first" -a get -d 'Save a file that somebody sent'
    complete -c $name -n "$first" -a forget -d 'Forget the certificate of a server'

    complete -c $name -n "__chatroom_client_command $connecting" -l server -x -d 'The server'
    complete -c $name -n '__chatroom_client_command forget' -a '(__chatroom_known_servers)'
    complete -c $name -n '__chatroom_client_command send tail' -l room -x -d 'In this room'
    complete -c $name -n '__chatroom_client_command send' -l to -x -d 'Send to this person'
    complete -c $name -n '__chatroom_client_command send' -l file -r -F -d 'Send this file'
    complete -c $name -n '__chatroom_client_command send' -l account -x -d 'Log in to this account'
    complete -c $name -n '__chatroom_client_command send' -l account-password-file -r -F \
        -d 'Read its password from the first line'
    complete -c $name -n '__chatroom_client_command get' -s o -l output -r -F \
        -d 'The folder or the name'
    complete -c $name -n '__chatroom_client_command tail history' -l since -x -d 'Begin there'
    complete -c $name -n '__chatroom_client_command tail history search' -s n -l lines -x \
        -d 'So many lines'
    complete -c $name -n '__chatroom_client_command tail rooms who history search' -l json \
        -d 'Print one JSON object per line'
end
