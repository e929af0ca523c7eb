# For ./run and ./test, which source it with `root` set to the project's directory.

say() { printf '%s\n' "$*" >&2; }

# quietly LOG COMMAND…: runs COMMAND with its output in LOG, shown only when it fails.
quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 || {
        local status=$?
        cat "$log" >&2
        return "$status"
    }
}

# configure PRESET DIRECTORY: sets up a build directory, afresh if it came here from another place.
configure() {
    local preset=$1 directory=$root/$2 fresh=()
    local cache=$directory/CMakeCache.txt
    if [[ -f $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
        fresh=(--fresh)
    fi
    mkdir -p "$directory"
    (cd "$root" && quietly "$directory/configure.log" cmake --preset "$preset" "${fresh[@]}")
}

# build DIRECTORY TARGET…: ninja's one moving line on a terminal, nothing elsewhere, errors always.
build() {
    local directory=$root/$1
    shift
    local command=(cmake --build "$directory" --parallel "$(nproc)" --target "$@")
    if [[ -t 2 ]]; then
        NINJA_STATUS='  [%f/%t] ' "${command[@]}" >&2
    else
        quietly "$directory/build.log" "${command[@]}"
    fi
}
