// What C++ programs do with threads, files, time and the standard streams.
#include <bits/stdc++.h>
#include <thread>

int main() {
    std::ifstream input("/dev/stdin");
    std::string word;
    if (!(input >> word) || word != "input") return 1;

    std::atomic<int> sum = 0;
    std::vector<std::jthread> threads;
    std::barrier all(4);
    for (int i = 0; i < 4; i++) threads.emplace_back([&] { all.arrive_and_wait(); sum += 1; });
    threads.clear();
    auto later = std::async(std::launch::async, [] { return 42; });
    std::promise<int> promised;
    std::thread([&] { promised.set_value(1); }).detach();
    if (sum != 4 || later.get() != 42 || promised.get_future().get() != 1) return 2;

    std::counting_semaphore<4> permits(1);
    if (!permits.try_acquire_for(std::chrono::milliseconds(10))) return 3;
    std::condition_variable condition;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    condition.wait_for(lock, std::chrono::milliseconds(1));
    std::call_once(*new std::once_flag, [] {});

    namespace fs = std::filesystem;
    fs::create_directories(fs::temp_directory_path() / "a/b");
    std::ofstream(fs::temp_directory_path() / "a/b/file") << "text";
    if (fs::file_size("/tmp/a/b/file") != 4 || fs::remove_all("/tmp/a") != 3) return 4;
    if (fs::current_path() != "/box" || !fs::exists("/box/main.cpp")) return 5;

    std::random_device entropy;
    std::mt19937_64 generator(entropy());
    std::locale::global(std::locale(""));
    std::time_t then = 0;
    std::ostringstream text;
    text << std::put_time(std::localtime(&then), "%F %H");
    if (text.str() != "1970-01-01 00" || generator() == generator()) return 6;
    try {
        throw std::system_error(std::make_error_code(std::errc::timed_out));
    } catch (const std::exception&) {
        std::ofstream("/dev/stdout") << "contained" << std::endl;
    }
}
