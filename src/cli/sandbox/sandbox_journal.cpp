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

struct Followed {
    std::shared_ptr<PrintedLines> lines = std::make_shared<PrintedLines>();
    Result<int> status = 0;
    runtime::Event over;
    int signal = 0;
};

Task<void> read_journal(transport::AsioTransport& way, http::Request request,
                        std::shared_ptr<Followed> followed) {
    runtime::CallContext context;
    context.timeouts = {
        .first_byte = Duration::zero(), .idle = Duration::zero(), .attempt = Duration::zero()};
    context.download = followed->lines;
    auto reply = co_await way.call(std::move(request), std::move(context));
    if (reply) {
        followed->status = reply->status();
    } else {
        followed->status = fail(std::move(reply).error());
    }
    followed->over.set();
}

Task<void> until_over(runtime::RealScheduler& scheduler, std::shared_ptr<Followed> followed) {
    co_await scheduler.wait(&followed->over, SteadyTime::max());
}

Result<ExitCode> follow(const std::string& ready_file, const Globals& globals) {
    APILAB_TRY(auto request, admin_request(ready_file, "GET", "/_sandbox/journal?follow=1"));
    runtime::RealScheduler scheduler;
    transport::AsioTransport way(scheduler, {.system_roots = false});
    const auto followed = std::make_shared<Followed>();
    {
        const runtime::Signals signals(scheduler, {SIGINT, SIGTERM}, [&](int number) {
            followed->signal = number;
            followed->over.set();
        });
        runtime::TaskGroup group(scheduler);
        group.spawn(read_journal(way, std::move(request), followed));
        runtime::run(scheduler, until_over(scheduler, followed));
        group.cancel();
        runtime::run(scheduler, group.join());
    }
    if (followed->signal == 0) {
        APILAB_TRY(const auto status, std::move(followed->status));
        if (status != 200) {
            return fail(ErrorKind::status, fmt::format("the sandbox answered {}", status));
        }
    }
    if (globals.json) {
        fmt::print("{{\"type\":\"result\",\"rows\":{}}}\n", followed->lines->rows());
    }
    return followed->signal == SIGTERM  ? ExitCode::terminated
           : followed->signal == SIGINT ? ExitCode::interrupted
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
