// A disk whose syncs take longer, for a process that loads this before libc (LD_PRELOAD): each
// fdatasync and fsync sleeps for BENCH_SYNC_US microseconds and then does what it always does.

#include <dlfcn.h>

#include <chrono>
#include <cstdlib>
#include <thread>

namespace {

using Sync = int (*)(int);

int slowly(const char* name, int file) {
    static const char* const text = std::getenv("BENCH_SYNC_US");
    std::this_thread::sleep_for(std::chrono::microseconds(text == nullptr ? 0 : std::atol(text)));
    return reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name))(file);
}

}  // namespace

extern "C" int fdatasync(int file) {
    return slowly("fdatasync", file);
}

extern "C" int fsync(int file) {
    return slowly("fsync", file);
}
