#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/process.hpp"

namespace apilab::bench {

/// What the sandbox's world, its faults and our lockfile come from.
constexpr std::uint64_t sandbox_seed = 1;

/// What the sandbox saw of a client, and what its judge says about it.
struct Judged {
    /// Requests that reached a provider, by its name.
    std::map<std::string, std::size_t> attempts;
    /// What was asked for and came back whole with a success, each once: the answers that a client
    /// has in hand, whatever it says itself. Method, path, query and body.
    std::set<std::string> answers;
    /// Checks that decide a run and failed, as `RL-01: what was found`.
    std::vector<std::string> violations;
    /// Checks that only advise and failed.
    std::vector<std::string> remarks;

    [[nodiscard]] std::size_t attempts_in_all() const;
};

/// `apilab sandbox serve` with invented packages on free ports of loopback, as a process of its
/// own, which ends with the object. Throws `std::runtime_error` where it does not start.
class SandboxProcess {
public:
    /// `scenario`: a built-in one or a file.
    SandboxProcess(const ScratchDir& dir, const std::string& scenario, int packages);

    /// The sources' URLs and a token for its GitHub, as a client finds them in its environment.
    [[nodiscard]] const Words& variables() const { return variables_; }
    [[nodiscard]] double resident_mib() const { return process_.resident_mib(); }
    /// Ends the run and reads its journal and its verdict.
    [[nodiscard]] Judged judge() const;

private:
    [[nodiscard]] std::string ask_admin(const std::string& method, const std::string& path) const;

    static inline int count_ = 0;
    std::filesystem::path ready_;
    Process process_;
    Words variables_;
    std::string admin_url_;
    std::string admin_token_;
};

}  // namespace apilab::bench
