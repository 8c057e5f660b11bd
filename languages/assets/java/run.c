/*
 * Starts a JVM ahead of need and then does what the java command does with a program.
 *
 * Usage: java await OPTION...   where an option is one that the JVM itself knows, and -Xss has a number of MiB.
 *        java ...               is the java command: programs find this one when they ask for their own.
 *
 * The java command would need a main class to wait in, and the program would run above that class's frames, where stack
 * traces show them. Here, as there, the main method is called from C on a thread with the stack that -Xss asks for.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <jni.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND "/usr/bin/java"

typedef jint (*create_vm)(JavaVM **, void **, void *);

struct start {
    create_vm create;
    JavaVMInitArgs arguments;
};

/* Ends the process as the java command does: once no thread but daemons is left, which tells of what main has thrown. */
static void *leave(JavaVM *vm, JNIEnv *env) {
    long status = (*env)->ExceptionCheck(env) ? 1 : 0;
    (*vm)->DetachCurrentThread(vm);
    (*vm)->DestroyJavaVM(vm);
    return (void *)status;
}

/* Calls the main method; whatever goes wrong is left pending. */
static void call_main(JNIEnv *env, jclass preload, jclass program) {
    jfieldID field = (*env)->GetStaticFieldID(env, preload, "arguments", "[Ljava/lang/String;");
    jobject arguments = (*env)->GetStaticObjectField(env, preload, field);
    jfieldID is_static = (*env)->GetStaticFieldID(env, preload, "isStatic", "Z");
    /* A main method without parameters finds one in a register and leaves it there. */
    const char *signature = arguments ? "([Ljava/lang/String;)V" : "()V";
    if ((*env)->GetStaticBooleanField(env, preload, is_static)) {
        jmethodID method = (*env)->GetStaticMethodID(env, program, "main", signature);
        if (method)
            (*env)->CallStaticVoidMethod(env, program, method, arguments);
        return;
    }
    jmethodID constructor = (*env)->GetMethodID(env, program, "<init>", "()V");
    jobject object = constructor ? (*env)->NewObject(env, program, constructor) : NULL;
    jmethodID method = object ? (*env)->GetMethodID(env, program, "main", signature) : NULL;
    if (method)
        (*env)->CallVoidMethod(env, object, method, arguments);
}

static void *run(void *argument) {
    struct start *start = argument;
    JavaVM *vm;
    JNIEnv *env;
    if (start->create(&vm, (void **)&env, &start->arguments) != JNI_OK)
        return (void *)1L; /* it has said why */
    jclass preload = (*env)->FindClass(env, "syncode/RunPreload");
    jmethodID await = preload ? (*env)->GetStaticMethodID(env, preload, "await", "()Ljava/lang/Class;") : NULL;
    jclass program = await ? (*env)->CallStaticObjectMethod(env, preload, await) : NULL;
    if (program)
        call_main(env, preload, program);
    return leave(vm, env);
}

static create_vm find_vm(void) {
    char java[PATH_MAX], library[PATH_MAX + 32];
    if (!realpath(COMMAND, java))
        return NULL;
    for (int depth = 0; depth < 2; depth++) /* .../bin/java */
        *strrchr(java, '/') = 0;
    snprintf(library, sizeof library, "%s/lib/server/libjvm.so", java);
    void *handle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
    return handle ? (create_vm)dlsym(handle, "JNI_CreateJavaVM") : NULL;
}

int main(int count, char **vector) {
    if (count < 2 || strcmp(vector[1], "await")) {
        execv(COMMAND, vector);
        return 1;
    }
    JavaVMOption options[count];
    options[0].optionString = "-Dsun.java.launcher=SUN_STANDARD"; /* as the java command says */
    struct start start = {find_vm(), {JNI_VERSION_1_2, 1, options, JNI_FALSE}};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setguardsize(&attributes, 0); /* the JVM has its own */
    for (int place = 2; place < count; place++) {
        options[start.arguments.nOptions++].optionString = vector[place];
        if (!strncmp(vector[place], "-Xss", 4))
            pthread_attr_setstacksize(&attributes, strtoul(vector[place] + 4, NULL, 10) << 20);
    }
    pthread_t thread;
    void *status;
    if (!start.create || pthread_create(&thread, &attributes, run, &start) || pthread_join(thread, &status))
        return 1;
    return (int)(long)status;
}
