// Day 6: each event once, and none of them never
//
// Situation  Slack delivers 30 events. Some come twice in the same instant, some once more after 20
//            s, two only as a retry. For a second and a half our disk is full. An insert takes 20
//            ms, and what an event asks for takes a second.
// Shows      One insert decides who was first, the job stands in the same transaction, the key
//            outlives the sender's patience. What is known depends on its state: a dead end that is
//            sent again runs again, another body under a known id waits for a person.
// Run        ./lab learn day06_dedupe --compare
// Break      --break=check-then-act | mark-apart | short-memory | refuse-known

#include <fmt/format.h>

#include <map>
#include <set>

#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/signature.hpp"
#include "exercise.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;

constexpr Duration insert_takes = 20ms;
constexpr int attempts_max = 3;

enum class State : std::uint8_t { open, done, dead };

struct Row {
    std::string body;  // in earnest its SHA-256
    SteadyTime since;
    State state = State::open;
};

/// What became of an event that was put.
enum class Put : std::uint8_t { stored, duplicate, revived, conflict, not_stored };

// A table with the sender's id as its key. Each function is a transaction: it happens at once, when
// the disk has it, or not at all.
struct Inbox {
    Lab& lab;
    SteadyTime begun = lab.now();
    std::map<std::string, Row> rows = {};
    std::vector<std::string> quarantine = {};
    std::map<Put, std::int64_t> seen = {};

    [[nodiscard]] bool disk_full() const {
        const Duration running = lab.now() - begun;
        return running > 5900ms && running < 7400ms;
    }

    // INSERT ... ON CONFLICT DO NOTHING, and the job, in one transaction. Nobody asks beforehand:
    // that the id is unique is the question and the answer.
    Task<Put> put(std::string id, std::string body) {
        co_await lab.sleep(insert_takes);
        const auto known = rows.find(id);
        if (known == rows.end()) {
            if (disk_full()) {
                co_return Put::not_stored;
            }
            rows.emplace(id, Row{.body = body, .since = lab.now()});
            co_return Put::stored;
        }
        if (known->second.body != body) {
            quarantine.push_back(id);  // the first one stays; a person looks at this one
            co_return Put::conflict;
        }
        if (known->second.state == State::dead) {
            known->second.state = State::open;  // somebody had it sent again: it is meant
            co_return Put::revived;
        }
        co_return Put::duplicate;
    }

    // --break=check-then-act: SELECT, and where there is nothing, INSERT OR REPLACE. Between the
    // two the other copy has asked, too.
    Task<Put> look_and_put(std::string id, std::string body) {
        co_await lab.sleep(insert_takes);
        if (rows.contains(id)) {
            co_return Put::duplicate;
        }
        co_await lab.sleep(insert_takes);
        if (disk_full()) {
            co_return Put::not_stored;
        }
        rows.insert_or_assign(id, Row{.body = body, .since = lab.now()});
        co_return Put::stored;
    }

    // --break=mark-apart: the id goes where it is fast, the job to the disk. A sender that was told
    // "not stored" comes again, and meets its own mark.
    std::set<std::string> marks = {};
    Task<Put> mark_and_put(std::string id, std::string body) {
        if (!marks.insert(id).second) {
            co_return Put::duplicate;
        }
        co_return co_await put(id, body);
    }

    // --break=short-memory: after ten seconds nobody sends it again, does he?
    void forget() {
        std::erase_if(rows, [&](const auto& row) { return lab.now() - row.second.since > 10s; });
    }
};

struct Endpoint final : runtime::Service {
    Endpoint(Lab& its_lab, bool in_a_hurry) : lab(its_lab), hurried(in_a_hurry) {}

    Task<Result<Response>> call(Request request, runtime::CallContext) override {
        const auto slack = work::SignatureVerifier::create(
            work::SignatureScheme::slack, {{secret_of(lab, "APILAB_SLACK_SIGNING_SECRET")}});
        if (!slack->verify(request.headers(), request.body(), lab.system_now())) {
            co_return Response(401);  // before anything is remembered: else anybody marks ids
        }
        const auto event = http::JsonDocument::parse(request.body());
        if (const auto challenge = event->root()["challenge"].string()) {
            co_return Response(200, std::string(*challenge));
        }
        const std::string id(event->root()["event_id"].string_or(""));
        const Put put = co_await remember(id, request.body());
        ++inbox.seen[put];
        if (put == Put::not_stored) {
            co_return Response(503);  // Slack keeps it for us
        }
        if (put == Put::stored || put == Put::revived) {
            jobs.spawn(work_on(id));
        }
        // What is known has arrived, and that is what 2xx says.
        co_return Response(put == Put::duplicate && lab.broken("refuse-known") ? 409 : 200);
    }

    Task<Put> remember(std::string id, std::string body) {
        if (hurried || lab.broken("short-memory")) {
            inbox.forget();
        }
        if (hurried || lab.broken("check-then-act")) {
            co_return co_await inbox.look_and_put(id, body);
        }
        if (lab.broken("mark-apart")) {
            co_return co_await inbox.mark_and_put(id, body);
        }
        co_return co_await inbox.put(id, body);
    }

    // Three attempts under the event's own key, then a dead letter.
    Task<void> work_on(std::string id) {
        State state = State::dead;
        for (int attempt = 1; attempt <= attempts_max && state == State::dead; ++attempt) {
            if (co_await have_effect(lab, id, hurried || lab.sin() != "" ? "" : id)) {
                state = State::done;
            } else {
                co_await lab.sleep(1s * attempt);
            }
        }
        if (const auto row = inbox.rows.find(id); row != inbox.rows.end()) {
            row->second.state = state;
        }
    }

    Lab& lab;
    bool hurried = false;
    Inbox inbox{lab};
    runtime::TaskGroup jobs{lab.scheduler()};
};

template <bool hurried>
Task<void> receive(Lab& lab) {
    Endpoint endpoint(lab, hurried);
    co_await lab.meet_the_world(endpoint);
    co_await endpoint.jobs.join();
    auto& seen = endpoint.inbox.seen;
    lab.number("not stored", seen[Put::not_stored]);
    lab.show(fmt::format("  inbox: {} stored, {} known already, {} not stored, {} in quarantine\n",
                         seen[Put::stored] + seen[Put::revived], seen[Put::duplicate],
                         seen[Put::not_stored], endpoint.inbox.quarantine.size()));
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day06_dedupe",
         .story = "30 events, some of them twice or late, and a disk that is full for a moment",
         .scenario = "day06-dedupe",
         .deadline = 30s,
         .sins = {{"check-then-act", "looks first and inserts then", "WHK-06"},
                  {"mark-apart", "remembers the id before the job is stored", "WHK-09"},
                  {"short-memory", "forgets ids after ten seconds", "WHK-05"},
                  {"refuse-known", "answers 409 to what it knows", "WHK-05"}},
         .production = receive<false>,
         .naive = receive<true>,
         .numbers = {"events", "effects", "doubled", "lost", "not stored"},
         .next = "day06_order"},
        argc, argv);
}
