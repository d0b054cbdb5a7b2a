#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/runtime/live.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/internal/world_play.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"

/// The admin API by topic: one file and one `add_..._routes` for each group.
///
/// A group of one's own: write `admin/<topic>_routes.cpp` with `void add_<topic>_routes(Routes&,
/// Context&)`, declare it below, and add the one line to `all_routes` in `admin/routes.cpp`. The
/// OpenAPI document, 404, 405, authentication and the limit of bodies come from the table.
namespace apilab::sandbox::admin {

class LiveRows;

/// A request that matched a route.
struct Call {
    /// Lives until the answer is there.
    const http::Request* request = nullptr;
    std::map<std::string, std::string> path;
    std::vector<std::pair<std::string, std::string>> query;
    /// Null where only whole answers can be taken.
    std::shared_ptr<runtime::LiveAnswer> live;

    [[nodiscard]] const std::string& at(const std::string& name) const { return path.at(name); }
    [[nodiscard]] std::optional<std::string_view> param(std::string_view name) const;
};

/// One operation of the admin API, with what its OpenAPI document says of it.
struct Entry {
    std::string_view method = "GET";
    /// Below `/_sandbox`.
    std::string_view path;
    /// Unique.
    std::string_view operation;
    /// One sentence without a full stop.
    std::string_view summary;
    /// Names of query parameters (`parameter_table`).
    std::vector<std::string_view> parameters = {};
    /// A schema of the document for the JSON body; `text` for any; empty: none is taken.
    std::string_view takes = {};
    /// Of the answer: a schema, or empty for one without a body or of another type.
    std::string_view gives = {};
    int status = 200;
    std::string_view type = "application/json";
    /// One of these two. The first is called while the request lives; the second may wait.
    std::function<http::Response(const Call&)> answer = {};
    std::function<runtime::Task<http::Response>(Call)> wait = {};
};
using Routes = std::vector<Entry>;

/// What became of a run that is over.
struct PastRun {
    std::string run_json;
    RunReport report;
};

/// What the groups share. Outlives every call.
struct Context {
    Sandbox& sandbox;
    internal::WorldPlay& world;
    /// The newest last; at most `past_max`.
    std::vector<PastRun> past = {};
    static constexpr std::size_t past_max = 16;
    /// Who follows the journal; at most `readers_max`.
    std::list<LiveRows*> readers = {};
    static constexpr std::size_t readers_max = 16;
    /// No reader is taken any more.
    bool stopping = false;
    /// The whole table, for the document of it.
    const Routes* table = nullptr;

    [[nodiscard]] SteadyTime now() const { return sandbox.scheduler().now(); }
};

void add_about_routes(Routes& routes, Context& context);
void add_clock_routes(Routes& routes, Context& context);
void add_fault_routes(Routes& routes, Context& context);
void add_journal_routes(Routes& routes, Context& context);
void add_run_routes(Routes& routes, Context& context);
void add_token_routes(Routes& routes, Context& context);
/// `POST webhooks/subscriptions` takes besides `from` and `url`: `events` (default `["*"]`),
/// `secret` (default the seed's, empty: unsigned), `scope`, `active`, `content_type`; `POST
/// webhooks/trigger`: `secret`, `type`, `action`, `body` (JSON; default one of the made-up
/// world's), `what` goes wrong.
void add_webhook_routes(Routes& routes, Context& context);
[[nodiscard]] Routes all_routes(Context& context);

/// OpenAPI 3.1 of that table.
[[nodiscard]] std::string openapi_json(const Routes& routes);

}  // namespace apilab::sandbox::admin
