# Completion of chatroom-server for fish. Put it into ~/.config/fish/completions/

set -l tool 'not __fish_seen_subcommand_from history backup restore check-data certificate account password audit status upgrade'
set -l action '__fish_seen_subcommand_from history; and not __fish_seen_subcommand_from export import stats'
set -l changes add list show password add-certificate remove-certificate add-token list-tokens remove-token rename suspend resume remove
set -l account "__fish_seen_subcommand_from account; and not __fish_seen_subcommand_from $changes"
set -l places "not begin; $action; end; and not begin; $account; end"

for name in chatroom-server chatroom_server.py
    complete -c $name -f
    complete -c $name -s h -l help -d 'Show help'
    complete -c $name -n "$places" -s c -r -F -d 'The config file'
    complete -c $name -n "$places" -l data -x -a '(__fish_complete_directories)' \
        -d 'The data directory'

    complete -c $name -n "$tool" -l listen -x -d 'Listen on this address'
    complete -c $name -n "$tool" -l hosts -r -F -d 'Listen on the rows of this hosts file'
    complete -c $name -n "$tool" -l check -d 'Check configuration and data, report every error, and exit'
    complete -c $name -n "$tool" -l print-config -d 'Print a config file with all defaults, and exit'
    complete -c $name -n "$tool" -s v -d 'Log more detail'
    complete -c $name -n "$tool" -l log-format -x -a 'text json' -d 'How the log looks'
    complete -c $name -n "$tool" -l version -d 'Print the version'
    complete -c $name -n "$tool" -a history -d 'Export, import or count the history'
    complete -c $name -n "$tool" -a backup -d 'Write everything into one file'
    complete -c $name -n "$tool" -a restore -d 'Restore a backup'
    complete -c $name -n "$tool" -a check-data -d 'Check the data directory'
    complete -c $name -n '__fish_seen_subcommand_from check-data' -l quick -d 'Skip what takes long'
    complete -c $name -n "$tool" -a certificate -d 'Show the certificate for TLS, or make one'

    complete -c $name -n "$tool" -a account -d 'Manage accounts'
    complete -c $name -n "$account" -a "$changes"
    complete -c $name -n "$tool" -a audit -d 'Show what operators of the server did'
    complete -c $name -n '__fish_seen_subcommand_from audit' -s n -x -d 'Only the last N entries'
    complete -c $name -n "$tool" -a status -d 'Show how the running server is'
    complete -c $name -n '__fish_seen_subcommand_from status' -l json -d 'All values, for programs'
    complete -c $name -n "$tool" -a upgrade -d 'Replace the running server by this version'
    complete -c $name -n "$tool" -a password -d 'Make the hash of a password for OPER'
    complete -c $name -n '__fish_seen_subcommand_from add-token' -l rooms -x -d 'Only these rooms'
    complete -c $name -n '__fish_seen_subcommand_from add-token' -l scope -x -a 'read write' -d 'Only that'
    complete -c $name -n '__fish_seen_subcommand_from suspend' -l reason -x -d 'Why'
    complete -c $name -n '__fish_seen_subcommand_from remove' -l erase -d 'Erase what its owner said'

    complete -c $name -n "$action" -a export -d 'Write the history to standard output or a file'
    complete -c $name -n "$action" -a import -d 'Import an export'
    complete -c $name -n "$action" -a stats -d 'Count messages and bytes'
    complete -c $name -n '__fish_seen_subcommand_from import' -l from -x \
        -a 'jsonl slack mattermost weechat irssi znc ergo' -d 'Whose export it is'
    complete -c $name -n '__fish_seen_subcommand_from import' -l timezone -x -d 'The time zone of logs'
    complete -c $name -n '__fish_seen_subcommand_from import' -l room -x -d 'The room of all messages'
    complete -c $name -n '__fish_seen_subcommand_from import' -l private -d 'Private channels, too'
    complete -c $name -n '__fish_seen_subcommand_from import' -l dry-run -d 'Only show what there is'
    complete -c $name -n '__fish_seen_subcommand_from export' -l room -x -d 'Only this room'
    complete -c $name -n '__fish_seen_subcommand_from export' -l since -x -d 'Start at this time'
    complete -c $name -n '__fish_seen_subcommand_from export' -l until -x -d 'Stop before this time'
    complete -c $name -n '__fish_seen_subcommand_from export' -l format -x -a 'jsonl text html' \
        -d 'The output format'
    complete -c $name -n '__fish_seen_subcommand_from stats' -l format -x -a 'text json' \
        -d 'The output format'
    complete -c $name -n '__fish_seen_subcommand_from export' -s o -r -F -d 'Write to this file'
    complete -c $name -n '__fish_seen_subcommand_from export backup restore certificate' -l force -d 'Replace an existing file'
    complete -c $name -n '__fish_seen_subcommand_from export' -l files -r -F -d 'Copy the uploaded files, too'
    complete -c $name -n '__fish_seen_subcommand_from import backup restore' -F
    complete -c $name -n '__fish_seen_subcommand_from restore' -l check -d 'Only check the backup'
    complete -c $name -n '__fish_seen_subcommand_from restore' -l config-to -r -F -d 'Write the config file there'
end
