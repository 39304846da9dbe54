# Completion of chatroom-server for fish. Put it into ~/.config/fish/completions/

set -l tool 'not __fish_seen_subcommand_from history backup'
set -l action '__fish_seen_subcommand_from history; and not __fish_seen_subcommand_from export import stats'
set -l places "not begin; $action; end"

for name in chatroom-server chatroom_server.py
    complete -c $name -f
    complete -c $name -s h -l help -d 'Show help'
    complete -c $name -n "$places" -s c -r -F -d 'The config file'
    complete -c $name -n "$places" -l data -x -a '(__fish_complete_directories)' \
        -d 'The directory for what is kept'

    complete -c $name -n "$tool" -l listen -x -d 'Listen here'
    complete -c $name -n "$tool" -l hosts -r -F -d 'Listen on the rows of this hosts file'
    complete -c $name -n "$tool" -l check -d 'Read everything, report every fault, and exit'
    complete -c $name -n "$tool" -l print-config -d 'Print a config file of all defaults, and exit'
    complete -c $name -n "$tool" -s v -d 'Log more'
    complete -c $name -n "$tool" -l version -d 'Print the version'
    complete -c $name -n "$tool" -a history -d 'Export, import or count the history'
    complete -c $name -n "$tool" -a backup -d 'Copy the history into one file'

    complete -c $name -n "$action" -a export -d 'Write the history to standard output or a file'
    complete -c $name -n "$action" -a import -d 'Take in an export'
    complete -c $name -n "$action" -a stats -d 'Count messages and bytes'
    complete -c $name -n '__fish_seen_subcommand_from export' -l room -x -d 'This room only'
    complete -c $name -n '__fish_seen_subcommand_from export' -l since -x -d 'From then on'
    complete -c $name -n '__fish_seen_subcommand_from export' -l until -x -d 'Before then'
    complete -c $name -n '__fish_seen_subcommand_from export' -l format -x -a 'jsonl text html' \
        -d 'What it is written as'
    complete -c $name -n '__fish_seen_subcommand_from stats' -l format -x -a 'text json' \
        -d 'What it is written as'
    complete -c $name -n '__fish_seen_subcommand_from export' -s o -r -F -d 'Write this file'
    complete -c $name -n '__fish_seen_subcommand_from export backup' -l force -d 'Write over the file'
    complete -c $name -n '__fish_seen_subcommand_from import backup' -F
end
