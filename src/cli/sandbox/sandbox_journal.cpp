// apilab sandbox journal: the rows there are, or each as it comes.

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "apilab/base/try.hpp"
#include "apilab/runtime/body.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "command.hpp"
#include "sandbox/sandbox_admin.hpp"
#include "sandbox/sandbox_commands.hpp"

namespace apilab::cli {
namespace {

using runtime::Task;

// Prints whole lines as they come; the empty ones only say that the sandbox is still there.
class PrintedLines final : public runtime::BodySink {
public:
    Task<Result<void>> begin(http::Response /*head*/) override { co_return Result<void>(); }
    Task<Result<void>> write(std::string bytes) override {
        rest_ += bytes;
        for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
            if (end > 0) {
                ++rows_;
                fmt::print("{}\n", std::string_view(rest_).substr(0, end));
            }
            rest_.erase(0, end + 1);
        }
        if (std::fflush(stdout) != 0) {
            co_return fail(ErrorKind::io, "nobody reads any more");
        }
        co_return Result<void>();
    }
    Task<Result<void>> finish() override { co_return Result<void>(); }
    [[nodiscard]] std::size_t rows() const { return rows_; }

private:
    std::string rest_;
    std::size_t rows_ = 0;
};

Task<void> read_journal(transport::AsioTransport& way, http::Request request,
                        std::shared_ptr<PrintedLines> lines, std::shared_ptr<Result<int>> ended,
                        runtime::RealScheduler& scheduler) {
    runtime::CallContext context;
    context.timeouts = {
        .first_byte = Duration::zero(), .idle = Duration::zero(), .attempt = Duration::zero()};
    context.download = lines;
    auto reply = co_await way.call(std::move(request), std::move(context));
    if (!reply) {
        *ended = fail(std::move(reply).error());
    } else {
        *ended = reply->status();
    }
    scheduler.stop();
}

Result<ExitCode> follow(const std::string& ready_file, const Globals& globals) {
    APILAB_TRY(auto request, admin_request(ready_file, "GET", "/_sandbox/journal?follow=1"));
    runtime::RealScheduler scheduler;
    transport::AsioTransport way(scheduler, {.system_roots = false});
    const auto lines = std::make_shared<PrintedLines>();
    const auto ended = std::make_shared<Result<int>>(0);
    int told = 0;
    {
        const runtime::Signals signals(scheduler, {SIGINT, SIGTERM}, [&](int number) {
            told = number;
            scheduler.stop();
        });
        runtime::TaskGroup group(scheduler);
        group.spawn(read_journal(way, std::move(request), lines, ended, scheduler));
        scheduler.run();
        group.cancel();
        runtime::run(scheduler, group.join());
    }
    if (told == 0) {
        APILAB_TRY(const auto status, std::move(*ended));
        if (status != 200) {
            return fail(ErrorKind::status, fmt::format("the sandbox answered {}", status));
        }
    }
    if (globals.json) {
        fmt::print("{{\"type\":\"result\",\"rows\":{}}}\n", lines->rows());
    }
    return told == SIGTERM  ? ExitCode::terminated
           : told == SIGINT ? ExitCode::interrupted
                            : ExitCode::success;
}

Result<ExitCode> print_rows(const std::string& ready_file, const Globals& globals) {
    APILAB_TRY(const auto text, ask_admin(ready_file, "GET", "/_sandbox/journal"));
    fmt::print("{}", text);
    if (globals.json) {
        fmt::print("{{\"type\":\"result\",\"rows\":{}}}\n", std::ranges::count(text, '\n'));
    }
    return ExitCode::success;
}

}  // namespace

void add_sandbox_journal(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand("journal", "The running sandbox's journal as NDJSON");
    const auto ready = add_ready_file(*command);
    const auto live = std::make_shared<bool>(false);
    command->add_flag("--follow", *live, "Go on, and print each row as it is complete");
    command->callback([=, &globals, &action] {
        action = [=, &globals] {
            const auto code = *live ? follow(*ready, globals) : print_rows(*ready, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
