#pragma once

// For the tests of this module: every provider under virtual time, and walks over pages by hand.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::internal {

class Walker {
public:
    /// Throws where the scenario is refused: a test's mistake.
    explicit Walker(std::string_view scenario_toml = "name = \"none\"");
    Walker(const Walker&) = delete;
    Walker& operator=(const Walker&) = delete;

    /// `target` begins with `/` (at the sandbox) or is a whole URL.
    Seen send(std::string method, const std::string& target, std::string body = {},
              const http::Headers& headers = {});
    Seen get(const std::string& target, const http::Headers& headers = {}) {
        return send("GET", target, {}, headers);
    }
    void wait(Duration duration) { scheduler.advance(duration); }
    /// The facts of the newest row.
    [[nodiscard]] const std::map<std::string, std::string>& facts() const;
    [[nodiscard]] std::string fact(const std::string& name) const;
    /// Ends the run.
    [[nodiscard]] Finding judged(std::string_view check) const;
    /// Not ended.
    [[nodiscard]] Finding judged_so_far(std::string_view check) const;

    runtime::VirtualScheduler scheduler;
    std::unique_ptr<Sandbox> sandbox;
    Duration pause = std::chrono::milliseconds(10);
};

/// What a walk by hand came to.
struct Walked {
    std::vector<std::string> ids;
    std::size_t requests = 0;
    /// Of the last answer.
    int status = 0;
    std::string body;
};
/// How a client of one kind reads a page and asks for the next.
struct WalkRules {
    std::string first;
    std::string method = "GET";
    std::string body;
    std::string items;
    std::string id = "id";
    /// Pointer of the token or URL; empty: the `Link` header.
    std::string next;
    /// The query parameter or (with a body) member for the token; empty: `next` is a URL.
    std::string asked;
    http::Headers headers;
    std::size_t requests_max = 40;
};
/// Walks to the end, or until a page fails, a token comes a second time, or the cap.
[[nodiscard]] Walked walk(Walker& walker, const WalkRules& rules);

/// A scenario of one fault on pages.
[[nodiscard]] std::string page_fault(std::string_view where, std::string_view kind,
                                     std::string_view when = "");

}  // namespace apilab::sandbox::internal
