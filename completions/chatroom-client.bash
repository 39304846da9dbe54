# Completion of chatroom-client for bash. Source it, or put it into
# ${XDG_DATA_HOME:-~/.local/share}/bash-completion/completions/chatroom-client

_chatroom_profiles() {
  sed -n 's/^ *\[ *profiles\.\([A-Za-z0-9_-]*\) *\].*/\1/p' \
    "${XDG_CONFIG_HOME:-$HOME/.config}/chatroom/client.toml" 2>/dev/null
}

_chatroom_known_servers() {
  sed -n 's/^\([^# ][^ ]*\) .*/\1/p' \
    "${XDG_STATE_HOME:-$HOME/.local/state}/chatroom/known_servers" 2>/dev/null
}

_chatroom_client() {
  local current=$2 previous=$3 words
  local places='--server --profile --hosts --nick --password-file --tls --no-tls --fingerprint --help'

  case $previous in
    --hosts | --password-file | --certificate | --file | --account-password-file | --output | -o)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      compopt -o filenames 2>/dev/null
      return
      ;;
    --profile)
      mapfile -t COMPREPLY < <(compgen -W "$(_chatroom_profiles)" -- "$current")
      return
      ;;
    --nick | --room | --to | --account | --server | --fingerprint | --since | --lines | -n)
      COMPREPLY=()
      return
      ;;
  esac

  case ${COMP_WORDS[1]} in
    send) words="--room --to --file --account --account-password-file $places" ;;
    tail) words="--room --since --lines --json $places" ;;
    rooms | who) words="--json $places" ;;
    history) words="--since --lines --json $places" ;;
    search) words="--lines --json $places" ;;
    get) words='--output --tls --no-tls --fingerprint --help' ;;
    forget) words="--help $(_chatroom_known_servers)" ;;
    *)
      words='--nick --room --password-file --hosts --profile --tls --no-tls --fingerprint'
      words="$words --certificate --no-discover --no-color --version --help"
      [[ $COMP_CWORD -eq 1 ]] && words="send tail rooms who history search get forget $words"
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$current"
}

complete -F _chatroom_client chatroom-client chatroom_client.py
