#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "apilab/base/secret.hpp"

namespace apilab::redis_test {

/// A Redis of this test's own, reached by a socket in a folder that goes with it.
class RedisServer {
public:
    RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;
    ~RedisServer();

    /// Is there a program to be started?
    [[nodiscard]] static bool available();
    /// Returns once it answers.
    void start();
    /// As `kill -9`; what it knew is lost.
    void kill();
    [[nodiscard]] Secret url() const;

private:
    std::filesystem::path folder_;
    pid_t process_ = 0;
};

}  // namespace apilab::redis_test
