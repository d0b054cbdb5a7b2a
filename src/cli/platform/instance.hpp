#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/contract.hpp"

namespace apilab::cli::platform {

/// How an instance is started.
struct Start {
    /// `{port}` and `{volume}` in it are replaced.
    std::vector<std::string> command;
    std::vector<std::pair<std::string, std::string>> variables;
    /// Its working folder, home and temporary folder: empty, and gone with it.
    std::filesystem::path disk;
    /// Where it may keep things; empty: nowhere.
    std::filesystem::path volume;
    /// Run as this user; only root can do that. Nothing: as we are.
    std::optional<unsigned> user;
};

/// A process of the platform, looked at from outside. Killed and reaped with the object where it
/// still runs.
class Instance {
public:
    /// Error: `invalid_argument` where it cannot be started.
    [[nodiscard]] static Result<Instance> start(const Start& start, int number, SteadyTime now);
    Instance(Instance&& other) noexcept;
    Instance& operator=(Instance&&) = delete;
    ~Instance();

    /// Looks at its memory, its user, its files, and hands on what it wrote. To be called often.
    void look();
    void signal(int number) const;
    /// Nothing while it runs; then its exit code, or 128 and the signal that ended it.
    [[nodiscard]] std::optional<int> exit_code();
    /// After its end: what it left on its disk.
    void look_at_disk();

    Life life;
    SteadyTime started;

private:
    Instance() = default;
    void read_log();
    void find_secrets(const std::string& text);
    [[nodiscard]] bool is_own_place(const std::filesystem::path& file) const;

    int pid_ = 0;
    int pipe_ = -1;
    std::filesystem::path disk_;
    std::filesystem::path volume_;
    std::vector<std::pair<std::string, std::string>> secrets_;
    std::string line_;
};

/// A port that nobody listens on just now; 0 where none can be found.
[[nodiscard]] std::uint16_t free_port();

}  // namespace apilab::cli::platform
