# Makes one ES module of TypeScript (await at top level):  bundle.sh SOURCE, or . bundle.sh with $source
# CommonJS's names come from globals.cjs, which knows the source by the bundle's name.
source=${source:-$1}
exec /usr/lib/esbuild/bin/esbuild --bundle --format=esm --platform=node --packages=external --target=node24 \
    --define:require.main=module --sourcemap --source-root=/box/out/ --charset=utf8 --tsconfig-raw='{}' \
    --log-level=error --color=false --outfile="out/$source.mjs" "$source"
