// A canary: attempts what its first argument names, bounded by itself.
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
constexpr std::size_t MIB = 1 << 20;

static int say(const std::string &text) {
    std::cout << text << std::endl;
    return 0;
}
static int held() { return say("held"); }

static int control() {
    long sum = 0;
    for (long number; std::cin >> number;) sum += number;
    return say(std::to_string(sum));
}

static int processes() {
    for (int i = 0; i < 300; i++) {
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            sleep(20);
            _exit(0);
        }
    }
    return 0;
}

static int memory() {
    std::vector<std::string> kept;
    while (kept.size() < 64) kept.emplace_back(8 * MIB, 'x');
    return say(std::to_string(kept.size()));
}

static int output() {
    const std::string block(MIB / 4, 'x');
    for (int i = 0; i < 64; i++) std::cout << block;
    return 0;
}

static int spin() {
    for (auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;) continue;
    return 0;
}

static int write_outside() {
    for (const std::string directory : {"", "/usr", "/etc", "/app", "/dev", "/proc"}) {
        std::ofstream file(directory + "/canary");
        if (file) say("could write " + directory + "/canary");
    }
    return held();
}

static int network() {
    int looked_up = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in outside{};
    outside.sin_family = AF_INET;
    outside.sin_port = htons(9);
    inet_pton(AF_INET, "192.0.2.1", &outside.sin_addr);
    if (connect(looked_up, reinterpret_cast<sockaddr *>(&outside), sizeof outside) < 0) return held();
    return say("there is a route");
}

static int secret(const std::string &path) {
    std::ifstream file(path);
    if (!file) return held();
    std::string text;
    std::getline(file, text);
    return say("could read " + text);
}

static int kill_init() { return kill(1, SIGKILL) < 0 ? held() : say("could send init a signal"); }

int main(int argc, char **argv) {
    const std::string what = argc > 1 ? argv[1] : "", path = argc > 2 ? argv[2] : "";
    const std::map<std::string, std::function<int()>> attempts{
        {"control", control}, {"processes", processes}, {"memory", memory},
        {"output", output},   {"spin", spin},           {"sleep", [] { return std::this_thread::sleep_for(20s), 0; }},
        {"write", write_outside}, {"network", network}, {"secret", [&] { return secret(path); }},
        {"init", kill_init},
    };
    const auto attempt = attempts.find(what);
    return attempt == attempts.end() ? 64 : attempt->second();
}
