#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/work/store.hpp"

namespace apilab::work::internal {

/// A store that keeps nothing. What a test needs of it is overridden.
class IdleStore : public Store {
public:
    Result<void> begin() override { return {}; }
    Result<void> commit() override { return {}; }
    void rollback() override {}
    Result<PutResult> put(const Event& /*event*/, const NewJob& /*job*/,
                          SystemTime /*now*/) override {
        return PutResult{};
    }
    Result<std::vector<ArchivedEvent>> events(std::string_view /*source*/,
                                              std::string_view /*type*/, std::int64_t /*before*/,
                                              std::size_t /*limit*/) override {
        return {};
    }
    Result<std::vector<ArchivedEvent>> list_events(std::string_view /*source*/,
                                                   std::string_view /*type*/,
                                                   std::int64_t /*before*/,
                                                   std::size_t /*limit*/) override {
        return {};
    }
    Result<std::optional<ArchivedEvent>> event(std::int64_t /*id*/) override { return {}; }
    Result<std::optional<ArchivedEvent>> event_of(std::string_view /*source*/,
                                                  std::string_view /*sender_id*/) override {
        return {};
    }
    Result<bool> has_event(std::string_view /*source*/, std::string_view /*sender_id*/) override {
        return false;
    }
    Result<std::vector<Quarantined>> quarantined(std::size_t /*limit*/) override { return {}; }
    Result<bool> release(std::int64_t /*quarantined*/, const NewJob& /*job*/,
                         SystemTime /*now*/) override {
        return false;
    }
    Result<bool> discard(std::int64_t /*quarantined*/) override { return false; }
    Result<Enqueued> enqueue(const NewJob& /*job*/, SystemTime /*now*/) override {
        return Enqueued{};
    }
    Result<std::vector<Job>> claim(const Claim& /*claim*/, SystemTime /*now*/) override {
        return {};
    }
    Result<bool> heartbeat(JobRef /*job*/, SystemTime /*until*/) override { return false; }
    Result<bool> complete(JobRef /*job*/, const std::vector<NewMessage>& /*messages*/,
                          bool /*stale*/, SystemTime /*now*/) override {
        return false;
    }
    Result<bool> retry(JobRef /*job*/, SystemTime /*at*/, Duration /*delay*/,
                       std::string_view /*reason*/, SystemTime /*now*/) override {
        return false;
    }
    Result<bool> bury(JobRef /*job*/, std::string_view /*reason*/, SystemTime /*now*/) override {
        return false;
    }
    Result<bool> give_back(JobRef /*job*/, SystemTime /*now*/) override { return false; }
    Result<std::optional<SystemTime>> next_due(std::string_view /*queue*/) override { return {}; }
    Result<JobCounts> counts(std::string_view /*queue*/) override { return JobCounts{}; }
    Result<std::vector<JobRow>> jobs(const JobFilter& /*filter*/, std::size_t /*limit*/) override {
        return {};
    }
    Result<std::vector<JobAttempt>> attempts(std::int64_t /*job*/) override { return {}; }
    Result<std::size_t> redrive(const JobFilter& /*filter*/, Duration /*pace*/,
                                std::size_t /*limit*/, SystemTime /*now*/) override {
        return 0;
    }
    Result<void> pause(std::string_view /*queue*/, std::string_view /*reason*/,
                       SystemTime /*now*/) override {
        return {};
    }
    Result<bool> resume(std::string_view /*queue*/) override { return false; }
    Result<std::vector<PausedQueue>> paused() override { return {}; }
    Result<void> put_schedule(std::string_view /*name*/, std::string_view /*spec*/,
                              SystemTime /*next*/) override {
        return {};
    }
    Result<std::vector<ScheduleRow>> schedules() override { return {}; }
    Result<bool> fire(std::string_view /*name*/, SystemTime /*expected*/, SystemTime /*next*/,
                      const NewJob& /*job*/, SystemTime /*now*/) override {
        return false;
    }
    Result<bool> skip_schedule(std::string_view /*name*/, SystemTime /*expected*/,
                               SystemTime /*next*/) override {
        return false;
    }
    Result<bool> pause_schedule(std::string_view /*name*/, bool /*paused*/) override {
        return false;
    }
    Result<bool> remove_schedule(std::string_view /*name*/) override { return false; }
    Result<Posted> post(const NewMessage& /*message*/, SystemTime /*now*/) override {
        return Posted{};
    }
    Result<std::vector<Message>> claim_messages(std::string_view /*target*/, std::size_t /*limit*/,
                                                Duration /*lease*/, SystemTime /*now*/) override {
        return {};
    }
    Result<bool> settle(MessageRef /*message*/, const MessageChange& /*change*/,
                        SystemTime /*now*/) override {
        return false;
    }
    Result<std::optional<SystemTime>> next_message_due() override { return {}; }
    Result<std::vector<Message>> messages(const MessageFilter& /*filter*/,
                                          std::size_t /*limit*/) override {
        return {};
    }
    Result<MessageCounts> message_counts(std::string_view /*target*/) override {
        return MessageCounts{};
    }
    Result<Swept> sweep(const RetentionTimes& /*times*/, std::size_t /*batch*/,
                        SystemTime /*now*/) override {
        return Swept{};
    }
    Result<void> probe() override { return {}; }
    Result<std::optional<std::int64_t>> put_document(std::string_view /*kind*/,
                                                     std::string_view /*key*/,
                                                     std::string_view /*body*/,
                                                     std::optional<std::int64_t> /*expected*/,
                                                     SystemTime /*now*/) override {
        return std::optional<std::int64_t>(1);
    }
    Result<std::optional<Document>> document(std::string_view /*kind*/,
                                             std::string_view /*key*/) override {
        return {};
    }
    Result<std::vector<Document>> documents(std::string_view /*kind*/,
                                            std::string_view /*after_key*/,
                                            std::size_t /*limit*/) override {
        return {};
    }
    Result<std::vector<Document>> list_documents(std::string_view /*kind*/,
                                                 std::string_view /*after_key*/,
                                                 std::size_t /*limit*/) override {
        return {};
    }
    Result<SchemaState> schema() override { return SchemaState(); }
    Result<bool> remove_document(std::string_view /*kind*/, std::string_view /*key*/) override {
        return false;
    }
};

/// Remembers what was put, in transactions that can be made to fail. Every event is new.
class CountingStore : public IdleStore {
public:
    Result<void> begin() override {
        if (begin_fails) {
            return fail(*begin_fails);
        }
        open.clear();
        return {};
    }
    Result<void> commit() override {
        if (on_commit) {
            on_commit();
        }
        if (commit_fails) {
            open.clear();
            return fail(*commit_fails);
        }
        ++commits;
        batches.push_back(open.size());
        for (auto& event : open) {
            kept.push_back(std::move(event));
        }
        open.clear();
        return {};
    }
    void rollback() override {
        ++rollbacks;
        open.clear();
    }
    Result<PutResult> put(const Event& event, const NewJob& job, SystemTime /*now*/) override {
        if (put_fails) {
            return fail(*put_fails);
        }
        open.push_back(event);
        jobs_put.push_back(job);
        const auto id = static_cast<std::int64_t>(kept.size() + open.size());
        return PutResult{.put = next_put, .event = id, .job = id};
    }

    std::vector<Event> open;
    std::vector<Event> kept;
    std::vector<NewJob> jobs_put;
    std::vector<std::size_t> batches;
    int commits = 0;
    int rollbacks = 0;
    Put next_put = Put::stored;
    std::optional<Error> begin_fails;
    std::optional<Error> put_fails;
    std::optional<Error> commit_fails;
    /// Called while nothing of the batch is committed yet.
    std::function<void()> on_commit;
};

}  // namespace apilab::work::internal
