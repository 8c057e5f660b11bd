# Builds the compiler driver and the preloads, and a cache each for JVMs that compile and for those that run programs: what
# they need of the JDK as it is once loaded, with what was learnt about its methods. Each comes of one use of its preload.
# A cache serves only JVMs with the options it was made with, so these here are those of the language file.
set -e
cd /usr/lib/syncode

jdk=$(dirname "$(dirname "$(realpath /usr/bin/java)")")
mkdir bin
tcc -Wall -Werror "-I$jdk/include" "-I$jdk/include/linux" -o bin/java run.c

exports=
for package in jdk.internal.access jdk.internal.loader jdk.internal.misc sun.launcher; do
    exports="$exports --add-exports=java.base/$package=ALL-UNNAMED"
done
javac $exports -d classes ArgumentVector.java Compile.java CompilePreload.java Exercise.java RunPreload.java
jar --create --file=syncode.jar -C classes .
rm -r classes

trained=/tmp/trained
mkdir "$trained"
options="-XX:+UseSerialGC -Xss64m -XX:-UsePerfData -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0"
options="$options --add-exports=java.base/jdk.internal.access=ALL-UNNAMED -Xms8m"

# The byte that says that a JVM is ready is written over the first of each file.
printf '!' > "$trained/compile"
printf '%s\0' java syncode.Compile "$trained" -proc:none -g -- Training.java >> "$trained/compile"
java $options -XX:TieredStopAtLevel=1 -Xmx768m -XX:AOTCacheOutput=compile.aot -cp /usr/lib/syncode/syncode.jar syncode.CompilePreload \
    3<> "$trained/compile"

# The loader of the program's classes has its path already. It must not be there yet, as when a preload starts.
sed "s:/app/out:$trained:" "$trained/launch" > "$trained/here.launch"
printf '!' > "$trained/run"
printf '%s\0' java "@$trained/here.launch" >> "$trained/run"
bin/java await $options -Xmx256m -Xbootclasspath/a:/usr/lib/syncode/syncode.jar -XX:AOTCacheOutput=run.aot \
    -Djava.class.path=/app/out/classes 3<> "$trained/run" < Training.txt
rm -r "$trained"
