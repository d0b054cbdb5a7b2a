#include "day.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/store.hpp"

namespace apilab::durability {

using namespace std::chrono_literals;
using work::JobRef;
using work::MessageChange;
using work::MessageState;
using work::NewJob;
using work::NewMessage;
using work::Put;
using work::Store;

namespace {

constexpr Duration lease = 5min;

std::string name_of(std::string_view payload) {
    return std::string(payload.substr(0, payload.find(' ')));
}

// The day goes on only where things go as they are meant to.
Result<void> expect(bool as_meant, std::string_view what) {
    if (!as_meant) {
        return fail(ErrorKind::internal, fmt::format("the day went another way: {}", what));
    }
    return {};
}

Result<void> put(Store& store, const work::Event& event, Put meant, SystemTime now) {
    APILAB_TRY(const auto result, store.put(event, NewJob{.kind = "hook"}, now));
    return expect(result.put == meant, event.sender_id);
}

template <class Action>
Result<void> as_one(Store& store, Action action) {
    APILAB_CHECK(store.begin());
    if (auto done = action(); !done) {
        store.rollback();
        return done;
    }
    return store.commit();
}

Result<void> claim(Store& store, Notes& notes, std::size_t limit, std::size_t meant,
                   SystemTime now) {
    APILAB_TRY(const auto jobs,
               store.claim({.limit = limit, .lease = lease, .worker = "worker-1"}, now));
    for (const auto& job : jobs) {
        notes.jobs[name_of(job.payload)] = job.ref;
    }
    return expect(jobs.size() == meant, fmt::format("{} jobs claimed", jobs.size()));
}

NewMessage message(std::string_view key, std::size_t size = 40) {
    return {.target = "slack", .key = std::string(key), .payload = std::string(size, 'm')};
}

Result<void> complete(Store& store, JobRef job, const std::vector<NewMessage>& messages,
                      SystemTime now) {
    APILAB_TRY(const bool mine, store.complete(job, messages, false, now));
    return expect(mine, "a completion");
}

Result<void> settle(Store& store, const Notes& notes, const std::string& key,
                    const MessageChange& change, SystemTime now) {
    APILAB_TRY(const bool mine, store.settle(notes.messages.at(key), change, now));
    return expect(mine, "a settlement");
}

Result<void> claim_messages(Store& store, Notes& notes, std::size_t limit, std::size_t meant,
                            SystemTime now) {
    APILAB_TRY(const auto messages, store.claim_messages("slack", limit, lease, now));
    for (const auto& claimed : messages) {
        notes.messages[claimed.key] = claimed.ref;
    }
    return expect(messages.size() == meant, fmt::format("{} messages claimed", messages.size()));
}

// Each deed a minute after the last.
class Script {
public:
    using Run = std::function<Result<void>(Store&, Notes&, SystemTime)>;
    void add(std::string name, Run run, Duration later = 1min) {
        now_ += later;
        deeds_.push_back({std::move(name), std::move(run), now_});
    }
    [[nodiscard]] std::vector<Deed> take() { return std::move(deeds_); }

private:
    SystemTime now_ = runtime::VirtualScheduler::default_start();
    std::vector<Deed> deeds_;
};

void add_arrivals(Script& day) {
    day.add("three events in one batch", [](Store& store, Notes&, SystemTime now) {
        return as_one(store, [&]() -> Result<void> {
            APILAB_CHECK(put(store, event_named("e1"), Put::stored, now));
            APILAB_CHECK(put(store, event_named("e2"), Put::stored, now));
            return put(store, event_named("e3"), Put::stored, now);
        });
    });
    day.add("a copy", [](Store& store, Notes&, SystemTime now) {
        return put(store, event_named("e1"), Put::duplicate, now);
    });
    day.add("a large one", [](Store& store, Notes&, SystemTime now) {
        return put(store, event_named("e4", 30'000), Put::stored, now);
    });
    day.add("another body under a known id", [](Store& store, Notes&, SystemTime now) {
        auto event = event_named("e2");
        event.body = "forged e2";
        return put(store, event, Put::conflict, now);
    });
    day.add("a known body under another id", [](Store& store, Notes&, SystemTime now) {
        auto event = event_named("e1");
        event.sender_id = "e1-again";
        return put(store, event, Put::replayed, now);
    });
    day.add("a job of its own", [](Store& store, Notes&, SystemTime now) -> Result<void> {
        APILAB_CHECK(store.enqueue({.kind = "report", .payload = "plain "}, now));
        return {};
    });
}

void add_schedule(Script& day) {
    static constexpr auto due = [] { return runtime::VirtualScheduler::default_start() + 1h; };
    day.add("a schedule", [](Store& store, Notes&, SystemTime) {
        return store.put_schedule("nightly", "every 1d", due());
    });
    day.add("the schedule fires", [](Store& store, Notes&, SystemTime now) -> Result<void> {
        APILAB_TRY(const bool fired, store.fire("nightly", due(), due() + 24h,
                                                {.kind = "report", .payload = "nightly "}, now));
        return expect(fired, "the schedule");
    });
    day.add("a queue is paused", [](Store& store, Notes&, SystemTime now) {
        return store.pause("default", "a look at it", now);
    });
    day.add("and resumed", [](Store& store, Notes&, SystemTime) -> Result<void> {
        APILAB_TRY(const bool resumed, store.resume("default"));
        return expect(resumed, "the queue");
    });
}

void add_work(Script& day) {
    day.add("two are claimed", [](Store& store, Notes& notes, SystemTime now) {
        return claim(store, notes, 2, 2, now);
    });
    day.add("one is done, with messages", [](Store& store, Notes& notes, SystemTime now) {
        return complete(store, notes.jobs.at("e1"), {message("e1/a"), message("e1/b", 9'000)}, now);
    });
    day.add("one is tried again later",
            [](Store& store, Notes& notes, SystemTime now) -> Result<void> {
                APILAB_TRY(const bool mine, store.retry(notes.jobs.at("e2"), now + 1min, 1min,
                                                        "503 of the target", now));
                return expect(mine, "a retry");
            });
    day.add("one more is claimed", [](Store& store, Notes& notes, SystemTime now) {
        return claim(store, notes, 1, 1, now);
    });
    day.add("its lease is lengthened",
            [](Store& store, Notes& notes, SystemTime now) -> Result<void> {
                APILAB_TRY(const bool mine, store.heartbeat(notes.jobs.at("e3"), now + lease));
                return expect(mine, "a heartbeat");
            });
    day.add("it is buried", [](Store& store, Notes& notes, SystemTime now) -> Result<void> {
        APILAB_TRY(const bool mine, store.bury(notes.jobs.at("e3"), "404: the channel", now));
        return expect(mine, "a burial");
    });
    day.add("it is delivered again and lives", [](Store& store, Notes&, SystemTime now) {
        return put(store, event_named("e3"), Put::revived, now);
    });
    day.add("all are claimed", [](Store& store, Notes& notes, SystemTime now) {
        return claim(store, notes, 10, 5, now);
    });
    day.add("two are done in one batch", [](Store& store, Notes& notes, SystemTime now) {
        return as_one(store, [&]() -> Result<void> {
            APILAB_CHECK(complete(store, notes.jobs.at("e2"), {message("e2/a")}, now));
            return complete(store, notes.jobs.at("e3"), {message("e3/a")}, now);
        });
    });
    day.add("one is given back", [](Store& store, Notes& notes, SystemTime now) -> Result<void> {
        APILAB_TRY(const bool mine, store.give_back(notes.jobs.at("e4"), now));
        return expect(mine, "a return");
    });
    day.add("it is claimed again", [](Store& store, Notes& notes, SystemTime now) {
        return claim(store, notes, 1, 1, now);
    });
    day.add("it is done, with many messages", [](Store& store, Notes& notes, SystemTime now) {
        std::vector<NewMessage> many;
        for (int i = 0; i < 20; ++i) {
            many.push_back(message(fmt::format("e4/{}", i), 700));
        }
        return complete(store, notes.jobs.at("e4"), many, now);
    });
}

void add_people(Script& day) {
    day.add("a job is given up", [](Store& store, Notes& notes, SystemTime now) -> Result<void> {
        APILAB_TRY(const bool mine, store.bury(notes.jobs.at("plain"), "no such report", now));
        return expect(mine, "a burial");
    });
    day.add("and redriven", [](Store& store, Notes&, SystemTime now) -> Result<void> {
        APILAB_TRY(const auto count, store.redrive({.kind = "report"}, {}, 10, now));
        return expect(count == 1, "a redrive");
    });
    day.add("the quarantine is looked through",
            [](Store& store, Notes&, SystemTime now) -> Result<void> {
                APILAB_TRY(auto held, store.quarantined(10));
                APILAB_CHECK(expect(held.size() == 2, "the quarantine"));
                std::ranges::sort(held, {}, &work::Quarantined::id);
                return as_one(store, [&]() -> Result<void> {
                    APILAB_TRY(const bool gone, store.discard(held[0].id));
                    APILAB_TRY(const bool let, store.release(held[1].id, {.kind = "hook"}, now));
                    return expect(gone && let, "the quarantine");
                });
            });
}

void add_outbox(Script& day) {
    day.add("a message of its own", [](Store& store, Notes&, SystemTime now) -> Result<void> {
        APILAB_TRY(const auto posted, store.post(message("own"), now));
        return expect(!posted.known, "a message");
    });
    day.add("three are sent", [](Store& store, Notes& notes, SystemTime now) {
        return claim_messages(store, notes, 3, 3, now);
    });
    day.add("one was applied", [](Store& store, Notes& notes, SystemTime now) {
        return settle(store, notes, "e1/a",
                      {.state = MessageState::applied, .sends = 1, .external_id = "1.2"}, now);
    });
    day.add("of one nobody knows", [](Store& store, Notes& notes, SystemTime now) {
        return settle(store, notes, "e1/b",
                      {.state = MessageState::unknown,
                       .due = now + 1min,
                       .sends = 1,
                       .unknown_since = now,
                       .reason = "the connection was lost"},
                      now);
    });
    day.add("the rest is sent", [](Store& store, Notes& notes, SystemTime now) {
        return claim_messages(store, notes, 100, 23, now + 1min);
    });
    day.add("all of it settles in one batch", [](Store& store, Notes& notes, SystemTime now) {
        return as_one(store, [&]() -> Result<void> {
            for (const auto& [key, ref] : notes.messages) {
                const auto state = key == "e1/b" ? MessageState::reconciled : MessageState::applied;
                if (key != "e1/a") {
                    APILAB_CHECK(settle(store, notes, key,
                                        {.state = state, .sends = 1, .external_id = key}, now));
                }
            }
            return {};
        });
    });
}

void add_sweeps(Script& day) {
    for (const std::size_t batch : {4U, 4U, 4U, 1'000U}) {
        day.add(
            "old things are swept away",
            [batch](Store& store, Notes&, SystemTime now) -> Result<void> {
                APILAB_TRY(const auto swept, store.sweep({}, batch, now));
                return expect(swept.rows > 0 && swept.more == (batch == 4), "a sweep");
            },
            batch == 4 ? 31 * 24h : 1min);
    }
}

}  // namespace

work::Event event_named(const std::string& name, std::size_t size) {
    work::Event event{.source = "standard", .sender_id = name, .type = "order.paid"};
    event.body = name + " ";
    event.body.resize(std::max(event.body.size(), size), 'b');
    // As GitHub's are: known by their bodies too.
    event.id_is_signed = name != "e1";
    event.headers = {{"content-type", "application/json"}, {"webhook-id", name}};
    return event;
}

std::vector<Deed> scripted_day() {
    Script day;
    add_arrivals(day);
    add_schedule(day);
    add_work(day);
    add_people(day);
    add_outbox(day);
    add_sweeps(day);
    return day.take();
}

}  // namespace apilab::durability
