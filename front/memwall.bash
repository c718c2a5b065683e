# Completion of memwall for bash. The program itself says what fits (memwall --complete).
_memwall()
{
    local line=${COMP_LINE:0:COMP_POINT} words=() typed split word
    # Not COMP_WORDS: bash splits those at = and : as well.
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    typed=${words[${#words[@]} - 1]}
    # bash replaces only $2, which is what follows the last = or :, or starts at the last @.
    split=${typed%"$2"}
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        case $word in
        *[=/,]) type compopt &>/dev/null && compopt -o nospace ;;
        esac
        word=${word#"$split"}
        case $word in
        *[[:space:]\'\"\\\$\`\(\)\&\;\|\<\>*?]*) printf -v word %q "$word" ;;
        esac
        COMPREPLY+=("$word")
    done < <("$1" --complete "${words[@]:1}" 2>/dev/null)
}
complete -F _memwall memwall
