#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::sandbox::internal {

/// A process of a platform. Killed and reaped with the object where it still runs.
class Instance {
public:
    /// Starts `command` with `variables` added to our environment. Error: `invalid_argument`.
    [[nodiscard]] static Result<Instance> start(
        const std::vector<std::string>& command,
        const std::vector<std::pair<std::string, std::string>>& variables);
    Instance(Instance&& other) noexcept : pid_(std::exchange(other.pid_, 0)), code_(other.code_) {}
    Instance& operator=(Instance&&) = delete;
    ~Instance();

    void signal(int number) const;
    /// Nothing while it runs; then its exit code, or 128 and the signal that ended it.
    [[nodiscard]] std::optional<int> exit_code();

private:
    explicit Instance(int pid) : pid_(pid) {}
    int pid_ = 0;
    std::optional<int> code_;
};

}  // namespace apilab::sandbox::internal
