#include "webhook_rig.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <future>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/internal/call_out.hpp"

namespace apilab {

using runtime::Task;

namespace {

constexpr std::size_t connections = 600;
constexpr std::size_t rows_max = 10'000;

// A thousand bytes, each of which takes longer than the one before.
class Slower final : public runtime::BodySource {
public:
    explicit Slower(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return 1000; }
    [[nodiscard]] bool replayable() const override { return true; }
    [[nodiscard]] Task<Result<void>> start() override { co_return Result<void>(); }
    [[nodiscard]] Task<Result<std::string>> read(std::size_t /*max*/) override {
        APILAB_CO_CHECK(co_await scheduler_.sleep_for(wait_));
        wait_ = std::min<Duration>(wait_ * 2 + std::chrono::milliseconds(50),
                                   std::chrono::milliseconds(400));
        co_return " ";
    }

private:
    runtime::Scheduler& scheduler_;
    Duration wait_{};
};

Task<void> call_into(transport::AsioTransport* way, http::Request request,
                     runtime::CallContext context, WebhookRig::Answer* into) {
    auto answer = co_await way->call(std::move(request), std::move(context));
    if (answer) {
        *into = {.status = answer->status(), .body = answer->body()};
    } else {
        into->body = answer.error().to_string();
    }
}

Task<void> call_all(runtime::Scheduler* scheduler, transport::AsioTransport* way,
                    std::vector<http::Request> requests, std::vector<WebhookRig::Answer>* answers) {
    runtime::TaskGroup group(*scheduler);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        group.spawn(call_into(way, std::move(requests[i]), {}, &(*answers)[i]));
    }
    co_await group.join();
}

template <class T>
Task<Result<T>> ask(work::StoreWriter* writer, std::function<Result<T>(work::Store&)> question) {
    co_return co_await writer->run<T>(std::move(question));
}

// The writer's thread is held up until so many wait behind it.
runtime::Task<void> free_when(runtime::Scheduler* scheduler, const work::StoreWriter* writer,
                              std::shared_ptr<std::promise<void>> free, std::size_t waiting) {
    while (writer->stats().waiting <= waiting &&
           co_await scheduler->sleep_for(std::chrono::milliseconds(1))) {
    }
    free->set_value();
}

}  // namespace

WebhookRig::WebhookRig(RigOptions options) {
    std::string name = std::filesystem::temp_directory_path() / "apilab-webhooks-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    store_ = *work::SqliteStore::open(folder_ / "work.db");
    writer_.emplace(scheduler_, *store_, options.writer);
    auto receiver = work::WebhookReceiver::create(
        scheduler_, *writer_, std::move(options.endpoints), std::move(options.receiver));
    EXPECT_TRUE(receiver) << receiver.error().to_string();
    receiver_ = *std::move(receiver);
    options.server.body_bytes_max = receiver_->body_max();
    server_.emplace(scheduler_, *receiver_, std::move(options.server));
    EXPECT_TRUE(server_->listen());
    way_.emplace(scheduler_, transport::AsioTransportOptions{.connections_per_origin = connections,
                                                             .connections_total = connections});
}

WebhookRig::~WebhookRig() {
    way_.reset();
    runtime::run(scheduler_, server_->stop(Duration::zero()));
    server_.reset();
    receiver_.reset();
    writer_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
}

http::Url WebhookRig::base() const {
    return http::Url::parse(fmt::format("http://127.0.0.1:{}", server_->port())).value();
}

std::vector<WebhookRig::Answer> WebhookRig::send(std::vector<http::Request> requests) {
    std::vector<Answer> answers(requests.size());
    runtime::run(scheduler_, call_all(&scheduler_, &*way_, std::move(requests), &answers));
    return answers;
}

std::vector<WebhookRig::Answer> WebhookRig::send_while_the_disk_is_busy(
    std::vector<http::Request> requests, std::size_t waiting) {
    auto free = std::make_shared<std::promise<void>>();
    writer_->post<bool>(
        [until = std::make_shared<std::future<void>>(free->get_future())](
            work::Store&) -> Result<bool> {
            until->wait();
            return true;
        },
        [](const Result<bool>&) {});
    runtime::TaskGroup group(scheduler_);
    group.spawn(free_when(&scheduler_, &*writer_, free, waiting));
    auto answers = send(std::move(requests));
    runtime::run(scheduler_, group.join());
    return answers;
}

WebhookRig::Answer WebhookRig::send_slowly(http::Request request, bool without_end) {
    runtime::CallContext context;
    if (without_end) {
        context.upload = std::make_shared<Slower>(scheduler_);
    } else {
        context.upload = sandbox::internal::dripping(scheduler_, request.body());
    }
    request.body("");
    Answer answer;
    runtime::run(scheduler_, call_into(&*way_, std::move(request), std::move(context), &answer));
    return answer;
}

std::vector<work::ArchivedEvent> WebhookRig::events() {
    return runtime::run(
               scheduler_,
               ask<std::vector<work::ArchivedEvent>>(
                   &*writer_, [](work::Store& store) { return store.events("", "", 0, rows_max); }))
        .value();
}

std::vector<work::Quarantined> WebhookRig::quarantined() {
    return runtime::run(
               scheduler_,
               ask<std::vector<work::Quarantined>>(
                   &*writer_, [](work::Store& store) { return store.quarantined(rows_max); }))
        .value();
}

work::JobCounts WebhookRig::counts() {
    return runtime::run(
               scheduler_,
               ask<work::JobCounts>(&*writer_, [](work::Store& store) { return store.counts(""); }))
        .value();
}

}  // namespace apilab
