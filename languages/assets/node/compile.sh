# Compiles TypeScript:  compile.sh SOURCE FLAGS...
# Every file is a module, whatever it imports, so that its names do not meet those of Node.js. Strictness is asked for.
set -e
printf '{"extends":"/usr/lib/syncode/tsconfig.json","files":["/box/%s"]}\n' "$1" >/tmp/tsconfig.json
source=$1
shift
/usr/lib/typescript/lib/tsc --project /tmp/tsconfig.json --pretty false "$@"
. /usr/lib/syncode/bundle.sh "$source"
