# Completion of chatroom-server for bash. Source it, or put it into
# ${XDG_DATA_HOME:-~/.local/share}/bash-completion/completions/chatroom-server

_chatroom_server() {
  local current=$2 previous=$3 words word tool=

  case $previous in
    -c | --hosts | -o | --config-to)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      compopt -o filenames 2>/dev/null
      return
      ;;
    --log-format)
      mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$current")
      return
      ;;
    --scope)
      mapfile -t COMPREPLY < <(compgen -W 'read write' -- "$current")
      return
      ;;
    --data)
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      compopt -o filenames 2>/dev/null
      return
      ;;
    --format)
      words='jsonl text html'
      [[ " ${COMP_WORDS[*]} " == *' stats '* ]] && words='text json'
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
      return
      ;;
    --from)
      mapfile -t COMPREPLY < <(compgen -W 'jsonl slack mattermost weechat irssi znc ergo' -- "$current")
      return
      ;;
    --listen | --timezone | --room | --since | --until | --reason | --rooms)
      COMPREPLY=()
      return
      ;;
  esac

  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      history) tool=history ;;
      export | import | stats) [[ $tool == history ]] && tool=$word ;;
      backup | restore | check-data | certificate) tool=$word ;;
      account | audit | status | upgrade) tool=$word ;;
      password) [[ $tool == account ]] && tool=account-password || tool=password ;;
      add | list | show | rename | suspend | resume | remove | *-certificate | *-token | *-tokens)
        [[ $tool == account ]] && tool=account-$word
        ;;
    esac
  done
  words='-c --data --help'
  case $tool in
    history) words="export import stats --help" ;;
    export) words="--room --since --until --format -o --force --files $words" ;;
    import) words="--from --timezone --room --private --dry-run $words" ;;
    stats) words="--format $words" ;;
    backup | certificate) words="--force $words" ;;
    check-data) words="--quick $words" ;;
    restore) words="--force --check --config-to $words" ;;
    account) words="add list show password add-certificate remove-certificate add-token list-tokens remove-token rename suspend resume remove --help" ;;
    account-suspend) words="--reason $words" ;;
    account-add-token) words="--rooms --scope $words" ;;
    account-remove) words="--erase $words" ;;
    account-* | password | upgrade) ;;
    audit) words="-n $words" ;;
    status) words="--json $words" ;;
    *) words="history backup restore check-data certificate account password audit status upgrade --listen --hosts --check --print-config -v --log-format --version $words" ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $tool == import || $tool == backup || $tool == restore ]] && [[ $current != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
}

complete -F _chatroom_server chatroom-server chatroom_server.py
