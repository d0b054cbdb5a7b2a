// Day 6: what is told last is not what happened last
//
// Situation  GitHub tells us of 24 events. Of eight issues we hear of a change before we hear that
//            they were opened, or of a change after they are gone. Writing takes a second; the
//            older state comes a tenth of one later. Three events are of a type nobody has heard
//            of.
// Shows      A version by object, compared and remembered in one step, before the work; what is
//            deleted stays deleted; 2xx also for what is too old or unknown.
// Run        ./lab learn day06_order --compare
// Break      --break=last-arrival-wins | remember-after | forget-deleted | refuse-stale |
//            refuse-unknown

#include <fmt/format.h>

#include <map>

#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/send.hpp"
#include "apilab/work/signature.hpp"
#include "exercise.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;

/// What an event says of an object.
struct Change {
    std::string event;
    std::string object;
    /// `updated_at`: dates in this form sort as text. Two changes within one second look the same;
    /// then the object itself has to be fetched.
    std::string version;
    bool deleted = false;
};

// The newest version of each object that anybody has begun to write. A deleted one keeps its row,
// or the change that comes too late makes it anew.
class Versions {
public:
    // Compares and remembers in one step. In SQL: INSERT ... ON CONFLICT (object) DO UPDATE SET
    // version = excluded.version WHERE excluded.version > version; was a row changed?
    bool advance(const Change& change) {
        const auto [row, is_new] = newest_.try_emplace(change.object, change.version);
        if (!is_new && row->second >= change.version) {
            return false;
        }
        row->second = change.version;
        return true;
    }
    [[nodiscard]] bool is_older(const Change& change) const {
        const auto row = newest_.find(change.object);
        return row != newest_.end() && row->second >= change.version;
    }
    void forget(const Change& change) { newest_.erase(change.object); }

private:
    std::map<std::string, std::string> newest_;
};

struct Endpoint final : runtime::Service {
    Endpoint(Lab& its_lab, bool in_a_hurry) : lab(its_lab), hurried(in_a_hurry) {}

    Task<Result<Response>> call(Request request, runtime::CallContext) override {
        const auto github = work::SignatureVerifier::create(
            work::SignatureScheme::github, {{secret_of(lab, "APILAB_GITHUB_WEBHOOK_SECRET")}});
        if (!github->verify(request.headers(), request.body(), lab.system_now())) {
            co_return Response(401);
        }
        const std::string type(request.headers().value("x-github-event"));
        const std::string id(request.headers().value("x-github-delivery"));
        if (type == "push") {  // happens once, and is about nothing that changes
            jobs.spawn(push(id));
            co_return Response(202);
        }
        if (type == "issues") {
            co_return Response(take(change_of(id, request.body())));
        }
        // Senders add types without asking.
        ++unknown;
        co_return Response(type != "ping" && (hurried || lab.broken("refuse-unknown")) ? 400 : 200);
    }

    static Change change_of(const std::string& id, const std::string& body) {
        const auto event = http::JsonDocument::parse(body);
        const auto issue = event->root()["issue"];
        return {.event = id,
                .object = std::to_string(issue["id"].integer().value_or(0)),
                .version = std::string(issue["updated_at"].string_or("")),
                .deleted = event->root()["action"].string_or("") == "deleted"};
    }

    int take(const Change& change) {
        if (hurried || lab.broken("last-arrival-wins")) {
            jobs.spawn(write(change));
            return 202;
        }
        if (lab.broken("remember-after")) {
            if (!versions.is_older(change)) {
                jobs.spawn(write(change));
            }
            return 202;
        }
        if (!versions.advance(change)) {
            ++stale;
            return lab.broken("refuse-stale") ? 409 : 200;
        }
        jobs.spawn(write(change));
        if (change.deleted && lab.broken("forget-deleted")) {
            versions.forget(change);  // the table is to stay small
        }
        return 202;
    }

    // Where the change is made. What the target knows of versions is better still: If-Match, or
    // WHERE version < :version.
    Task<void> write(Change change) {
        const auto body = fmt::format(R"({{"event":{},"version":{},"deleted":{}}})",
                                      http::json_quote(change.event),
                                      http::json_quote(change.version), change.deleted);
        (void)co_await transport::send(lab.transport(), lab.request("POST", "/effects", body),
                                       {.idempotency_key = change.event});
        if (lab.broken("remember-after")) {
            (void)versions.advance(change);
        }
    }
    Task<void> push(std::string id) { (void)co_await have_effect(lab, id, id); }

    Lab& lab;
    bool hurried = false;
    Versions versions;
    std::int64_t stale = 0;
    std::int64_t unknown = 0;
    runtime::TaskGroup jobs{lab.scheduler()};
};

template <bool hurried>
Task<void> receive(Lab& lab) {
    Endpoint endpoint(lab, hurried);
    co_await lab.meet_the_world(endpoint);
    co_await endpoint.jobs.join();
    lab.number("told too late", endpoint.stale);
    lab.show(fmt::format("  {} changes were older than what we had, {} events of other types\n",
                         endpoint.stale, endpoint.unknown));
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day06_order",
         .story = "24 events, and eight times the past is told after the present",
         .scenario = "day06-order",
         .deadline = 30s,
         .sins = {{"last-arrival-wins", "writes whatever comes", "WHK-07"},
                  {"remember-after", "remembers a version when it is written", "WHK-07"},
                  {"forget-deleted", "knows nothing of what is gone", "WHK-07"},
                  {"refuse-stale", "answers 409 to what is too old", "WHK-01"},
                  {"refuse-unknown", "answers 400 to a type it does not know", "WHK-10"}},
         .production = receive<false>,
         .naive = receive<true>,
         .numbers = {"events", "effects", "told too late", "lost"},
         .next = "day07_async_triggers"},
        argc, argv);
}
