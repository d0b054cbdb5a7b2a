#pragma once

#include <filesystem>
#include <string>

#include <boost/json/array.hpp>

#include "program.hpp"

namespace apilab::cli_test {

/// A `hook listen` on a port of its own, which listens once constructed.
class HookListener {
public:
    /// `folder` keeps its store, `hooks.db`; `port` 0: a free one.
    HookListener(const std::filesystem::path& folder, const Variables& variables,
                 const Words& flags = {}, int port = 0);
    HookListener(const HookListener&) = delete;
    HookListener& operator=(const HookListener&) = delete;

    /// `http://127.0.0.1:port`
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] int port() const;
    void signal(int number) { program_.signal(number); }
    /// Ctrl-C.
    [[nodiscard]] Finished stop();

private:
    TempDir ready_;
    Program program_;
    std::string url_;
};

/// The lines of a `--json` command but the last, which is its result.
[[nodiscard]] boost::json::array json_lines(const Finished& ended);

/// `apilab WORDS --json` again and again until it has `count` lines before its result; what it said
/// last, also where that did not happen in time.
[[nodiscard]] boost::json::array lines_once_there_are(std::size_t count, Words words,
                                                      const Variables& variables);

}  // namespace apilab::cli_test
