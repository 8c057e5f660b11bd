#!/bin/sh
# Precompiles headers while the image is made: PRECOMPILED/STANDARD/LEVEL/NAME.h says what is in NAME.h.gch beside it.
# compile.c looks for them there. They are no part of what a compiler finds by itself.
set -eu

# STANDARD LEVEL HEADER...: one precompiled header with all of these. What a level stands for is in cpp.toml and c.toml.
precompile() {
    standard=$1 level=$2
    shift 2
    case $standard in
        *++*) compiler='g++ -x c++-header' ;;
        *) compiler='gcc -x c-header' ;;
    esac
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
    $compiler "-std=$standard" $options "$header" -o "$header.gch"
}

# One of C++ costs 20 to 180 MB, so these are the beginnings of most programs and not all that there could be.
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

# One of C costs 3 to 5 MB. Only <stdlib.h> and <math.h> take longer to read than a precompiled header does.
for standard in gnu11 gnu17 gnu23; do
    precompile $standard release stdio.h stdlib.h
    precompile $standard release stdio.h stdlib.h string.h
    precompile $standard release stdio.h math.h
    precompile $standard release stdio.h stdlib.h math.h
    precompile $standard release stdio.h stdlib.h string.h math.h
done
