#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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
    /// 0: a free one.
    std::uint16_t port = 0;
    /// It gets `variables`, HOME and TMPDIR, and nothing of our environment.
    bool clean = false;
    /// Told of each line that it writes. Null: they go to our stderr, with its number.
    std::function<void(std::string_view)> on_line = nullptr;
};

/// A process of the platform, looked at from outside. Killed and reaped with the object where it
/// still runs; what it started and left behind in its process group goes with it.
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
    [[nodiscard]] int pid() const { return pid_; }
    /// Nothing while it runs; then its exit code, or 128 and the signal that ended it.
    [[nodiscard]] std::optional<int> exit_code();
    /// After its end: what it left on its disk.
    void look_at_disk();

    Life life;
    SteadyTime started;

private:
    Instance() = default;
    [[nodiscard]] Result<void> spawn(std::vector<std::string> words,
                                     std::vector<std::string> environment);
    [[nodiscard]] bool has_ended() const;
    void read_log();
    void tell_line();
    void find_secrets(const std::string& text);
    [[nodiscard]] bool is_own_place(const std::filesystem::path& file) const;

    int pid_ = 0;
    int pipe_ = -1;
    std::filesystem::path disk_;
    std::filesystem::path volume_;
    std::vector<std::pair<std::string, std::string>> secrets_;
    std::string line_;
    std::function<void(std::string_view)> on_line_;
};

}  // namespace apilab::cli::platform
