#pragma once

#include <filesystem>
#include <string>

#include "program.hpp"

namespace apilab::cli_test {

/// A `radar serve` on a port of its own, which answers once constructed.
class RunningRadar {
public:
    /// `folder` keeps its store, `radar.db`.
    RunningRadar(const std::filesystem::path& folder, const Variables& variables,
                 const Words& flags = {});
    RunningRadar(const RunningRadar&) = delete;
    RunningRadar& operator=(const RunningRadar&) = delete;

    /// `http://127.0.0.1:port`
    [[nodiscard]] const std::string& url() const { return url_; }
    void signal(int number) const { program_.signal(number); }
    [[nodiscard]] bool ended(std::chrono::milliseconds patience) {
        return program_.ended(patience);
    }
    [[nodiscard]] Finished wait(std::chrono::seconds patience = std::chrono::seconds(50)) {
        return program_.wait(patience);
    }
    [[nodiscard]] std::filesystem::path ready_file() const { return ready_.path() / "ready.json"; }

private:
    TempDir ready_;
    Program program_;
    std::string url_;
};

}  // namespace apilab::cli_test
