#include "work_store.hpp"

#include <utility>

namespace apilab::work {

WorkStore::WorkStore() : store(open_again()) {}

std::unique_ptr<Store> WorkStore::open_again(StoreOptions options) {
    return maker->open(options).value();
}

Event WorkStore::slack(std::string id, std::string body) {
    return {.source = "slack",
            .sender_id = std::move(id),
            .type = "message",
            .body = std::move(body),
            .id_is_signed = true};
}

Event WorkStore::github(std::string id, std::string body) {
    return {.source = "github",
            .sender_id = std::move(id),
            .type = "push",
            .body = std::move(body),
            .id_is_signed = false};
}

PutResult WorkStore::put(const Event& event, const NewJob& job) {
    return ok(store->put(event, job, start));
}

std::int64_t WorkStore::add(std::string payload, NewJob job) {
    job.payload = std::move(payload);
    return ok(store->enqueue(job, start)).id;
}

std::vector<Job> WorkStore::claim(SystemTime at, std::size_t limit) {
    return ok(store->claim({.limit = limit, .worker = "w1"}, at));
}

Job WorkStore::claim_one(SystemTime at) {
    auto jobs = claim(at);
    EXPECT_EQ(jobs.size(), 1);
    return jobs.empty() ? Job() : std::move(jobs.front());
}

JobRow WorkStore::row(std::int64_t id) {
    auto rows = ok(store->jobs({.id = id}, 10));
    EXPECT_EQ(rows.size(), 1);
    return rows.empty() ? JobRow() : std::move(rows.front());
}

std::vector<std::string> WorkStore::payloads(const std::vector<Job>& jobs) {
    std::vector<std::string> all;
    for (const Job& job : jobs) {
        all.push_back(job.payload);
    }
    return all;
}

std::vector<std::string> WorkStore::outcomes(const std::vector<JobAttempt>& attempts) {
    std::vector<std::string> all;
    for (const JobAttempt& attempt : attempts) {
        all.push_back(attempt.outcome);
    }
    return all;
}

Message WorkStore::message(std::int64_t id) {
    auto found = ok(store->messages({.id = id}, 10));
    EXPECT_EQ(found.size(), 1);
    return found.empty() ? Message() : std::move(found.front());
}

Message WorkStore::claim_message(SystemTime at) {
    auto found = ok(store->claim_messages("", 10, std::chrono::minutes(1), at));
    EXPECT_EQ(found.size(), 1);
    return found.empty() ? Message() : std::move(found.front());
}

}  // namespace apilab::work
