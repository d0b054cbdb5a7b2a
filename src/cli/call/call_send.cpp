// One call over real sockets, with everything that listens to it.

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/client/cookie_session.hpp"
#include "apilab/observe/story_observer.hpp"
#include "apilab/runtime/file_body.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task_group.hpp"
#include "call/call_run.hpp"
#include "progress.hpp"

namespace apilab::cli {
namespace {

using runtime::Task;

// A file that says how far it is.
class DownloadSink final : public runtime::BodySink {
public:
    DownloadSink(const std::string& path, const Globals& globals)
        : file_(path), progress_("bytes", globals.err(), globals.quiet) {}

    Task<Result<void>> begin(http::Response head) override {
        got_ = 0;
        known_ = 0;
        if (head.decoded_from().empty()) {
            const auto length = head.headers().value("content-length");
            known_ = std::strtoull(std::string(length).c_str(), nullptr, 10);
        }
        co_return co_await file_.begin(std::move(head));
    }
    Task<Result<void>> write(std::string bytes) override {
        got_ += bytes.size();
        progress_.update(got_, known_);
        co_return co_await file_.write(std::move(bytes));
    }
    Task<Result<void>> finish() override {
        auto done = co_await file_.finish();
        complete_ = done.has_value();
        co_return done;
    }
    [[nodiscard]] bool complete() const { return complete_; }

private:
    runtime::FileSink file_;
    Progress progress_;
    std::size_t got_ = 0;
    std::size_t known_ = 0;
    bool complete_ = false;
};

Task<void> ask(client::Client* client, http::Request request, client::CallOptions options,
               CallResult* result) {
    result->answer = co_await client->send(std::move(request), std::move(options));
}

// The second time somebody means it.
void end_at(int number, CallResult& result, runtime::TaskGroup& group) {
    if (result.signal != 0) {
        constexpr int by_signal = 128;
        std::_Exit(by_signal + number);
    }
    result.signal = number;
    fmt::print(stderr, "\ninterrupted: ending the call\n");
    group.cancel();
}

}  // namespace

Result<CallResult> send_call(const CallFlags& flags, const Globals& globals, BuiltRequest built,
                             CallSetup setup, Session* session) {
    CallResult result;
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport(scheduler, std::move(setup.transport));
    client::CookieSession cookies(scheduler, transport);
    if (session != nullptr) {
        for (const auto& cookie : session->cookies()) {
            cookies.jar().put(cookie, scheduler.system_now());
        }
    }
    CallWatcher watcher(globals, flags.har.empty() ? nullptr : &result.har, scheduler);
    observe::StoryObserver keeper(scheduler,
                                  [&](observe::Story story) { result.story = std::move(story); });
    SeededRng rng(fresh_seed());
    runtime::Service& below =
        session != nullptr ? static_cast<runtime::Service&>(cookies) : transport;
    auto client =
        client::Client::create(scheduler, below, rng, std::move(setup.client), {&watcher, &keeper});
    if (!client) {
        return fail(std::move(client).error());
    }
    std::shared_ptr<DownloadSink> download;
    if (!flags.output.empty()) {
        download = std::make_shared<DownloadSink>(flags.output, globals);
        setup.call.download = download;
    }
    setup.call.upload = std::move(built.upload);
    runtime::TaskGroup group(scheduler);
    {
        const runtime::Signals signals(scheduler, {SIGINT, SIGTERM},
                                       [&](int number) { end_at(number, result, group); });
        group.spawn(ask(client->get(), std::move(built.request), std::move(setup.call), &result));
        runtime::run(scheduler, group.join());
    }
    result.in_file = download != nullptr && download->complete();
    if (session != nullptr) {
        session->cookies(cookies.jar().cookies());
    }
    return result;
}

}  // namespace apilab::cli
