#include "server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace apilab::redis_test {
namespace {

// Debian's redis-tools has the server under this name; under its own, packages start one.
constexpr const char* program = "/usr/bin/redis-check-rdb";

bool answers(const std::string& path) {
    const int peer = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    const bool open =
        ::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    ::close(peer);
    return open;
}

}  // namespace

RedisServer::RedisServer() {
    std::string name = std::filesystem::temp_directory_path() / "redis-XXXXXX";
    folder_ = ::mkdtemp(name.data());
}

RedisServer::~RedisServer() {
    kill();
    std::filesystem::remove_all(folder_);
}

bool RedisServer::available() {
    return ::access(program, X_OK) == 0;
}

void RedisServer::start() {
    const std::string socket = folder_ / "socket";
    std::filesystem::remove(socket);
    process_ = ::fork();
    if (process_ == 0) {
        const int nothing = ::open("/dev/null", O_RDWR);
        ::dup2(nothing, STDOUT_FILENO);
        ::dup2(nothing, STDERR_FILENO);
        ::execl(program, "redis-server", "--port", "0", "--unixsocket", socket.c_str(), "--save",
                "", "--appendonly", "no", "--dir", folder_.c_str(), nullptr);
        ::_exit(127);
    }
    for (int i = 0; i < 1'000 && !answers(socket); ++i) {
        ::poll(nullptr, 0, 10);
    }
}

void RedisServer::kill() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
    }
}

Secret RedisServer::url() const {
    return Secret("unix:" + (folder_ / "socket").string());
}

}  // namespace apilab::redis_test
