#!/bin/sh
# Precompiles headers while the image is made: PRECOMPILED/STANDARD/LEVEL/NAME.h says what is in NAME.h.gch beside it.
# compile.c looks for them there. They are no part of what g++ finds by itself.
set -eu

# STANDARD LEVEL HEADER...: one precompiled header with all of these. What a level stands for is in cpp.toml.
precompile() {
    standard=$1 level=$2
    shift 2
    case $level in
        release) options=-O2 ;;
        debug) options='-Og -g -D_GLIBCXX_ASSERTIONS' ;;
        none) options=-O0 ;;
    esac
    directory=/usr/lib/syncode/precompiled/$standard/$level
    header=$directory/$(printf %s "$*" | tr ' /' '+_').h
    mkdir -p "$directory"
    printf '#include <%s>\n' "$@" > "$header"
    # shellcheck disable=SC2086
    g++ "-std=$standard" $options -x c++-header "$header" -o "$header.gch"
}

# One costs 20 to 180 MB, so these are the beginnings of most programs and not all that there could be.
for standard in gnu++17 gnu++20 gnu++23; do
    precompile $standard release bits/stdc++.h
done
for standard in gnu++17 gnu++20; do
    precompile $standard release iostream
done
for level in none debug; do
    precompile gnu++20 $level iostream
done
precompile gnu++20 release iostream vector
precompile gnu++20 release iostream vector algorithm
precompile gnu++20 release iostream vector algorithm map set queue
