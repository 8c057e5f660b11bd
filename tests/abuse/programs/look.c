#include "probe.h"
#include <dirent.h>
static void cat(const char*p){char b[4096];printf("--- %s\n",p);fflush(stdout);int f=open(p,O_RDONLY);if(f<0){printf("%s\n",strerrorname_np(errno));return;}long n;while((n=read(f,b,sizeof b))>0){for(long i=0;i<n;i++)if(!b[i])b[i]=' ';fwrite(b,1,n,stdout);}}
int main(void){
 cat("/proc/self/mountinfo");cat("/proc/self/cgroup");cat("/proc/self/environ");cat("/proc/self/cmdline");cat("/proc/self/uid_map");cat("/proc/self/net/dev");cat("/proc/self/net/unix");cat("/proc/self/cpuset");cat("/proc/self/status");cat("/etc/passwd");cat("/proc/self/sched"); cat("/proc/self/stat");
 DIR*d=opendir("/proc");struct dirent*e;while((e=readdir(d)))printf("%s ",e->d_name);puts("");
 d=opendir("/etc");while((e=readdir(d)))printf("%s ",e->d_name);puts("");
 d=opendir("/proc/self");while((e=readdir(d)))printf("%s ",e->d_name);puts("");
 d=opendir("/");while((e=readdir(d)))printf("%s ",e->d_name);puts("");
}
