# Completion of @PROGRAM@ for bash, made from its command line; see tests/docs.rs.

@NAMES@
# What the command `$1` takes: of `values`, each option has the kind of its value behind it.
_@FUNCTION@_command() {
    subcommands='' options='' values='' arguments=''
    case $1 in
@COMMANDS@
    esac
}

# Offers those of the given words that begin as typed.
_@FUNCTION@_offer() {
    local word
    for word; do
        [[ $word != "$current"* ]] || COMPREPLY+=("$word")
    done
}

_@FUNCTION@() {
    local IFS=$' \t\n' current=$2 command='' option='' kind='' only_arguments='' at word
    local subcommands options values arguments
    local -a typed=() names=() kinds=()
    COMPREPLY=()
    _@FUNCTION@_command ''
    for ((at = 1; at <= COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        if [[ $word == '=' && $option ]]; then
            # bash takes `--option=value` for three words.
            kind=${kind:-text}
        elif ((at == COMP_CWORD)); then
            # It is being typed.
            break
        elif [[ $kind ]]; then
            option='' kind=''
        elif [[ $word == -- ]]; then
            only_arguments=yes
        elif [[ $word == -* && ! $only_arguments ]]; then
            option=$word
            if [[ " $values" == *" $word:"* ]]; then
                kind=" $values"
                kind=${kind#*" $word:"}
                kind=${kind%% *}
            fi
        elif ((${#typed[@]} == 0)) && [[ " $subcommands " == *" $word "* ]]; then
            command+=${command:+ }$word
            _@FUNCTION@_command "$command"
        else
            option=''
            typed+=("$word")
        fi
    done
    [[ $current != '=' ]] || current=''
    if [[ ! $kind && $current == -* && ! $only_arguments ]]; then
        _@FUNCTION@_offer $options
        return
    fi
    if [[ ! $kind && $subcommands && ${#typed[@]} == 0 ]]; then
        _@FUNCTION@_offer $subcommands
        return
    fi
    if [[ ! $kind ]]; then
        kinds=($arguments)
        kind=${kinds[${#typed[@]}]-}
        [[ $kind || $arguments != *... ]] || kind=${kinds[-1]}
    fi
    case ${kind%...} in
        names)
            @LIST@
            for word in "${names[@]}"; do
                [[ " ${typed[*]} " == *" $word "* ]] || _@FUNCTION@_offer "$word"
            done
            ;;
        files) compopt -o default ;;
        directories) compopt -o dirnames ;;
        text | '') ;;
        *) _@FUNCTION@_offer ${kind//,/ } ;;
    esac
}

complete -o nosort -F _@FUNCTION@ @PROGRAM@
