// apilab sandbox record: a way to one upstream that keeps what passes, without its secrets.

#include <fmt/core.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/sandbox/record/recorder.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "command.hpp"
#include "sandbox/sandbox_commands.hpp"

namespace apilab::cli {
namespace {

struct RecordFlags {
    std::string upstream;
    std::uint16_t port = 4030;
    std::string out;
    std::string name = "recorded";
};

Result<ExitCode> record(const RecordFlags& flags, const Globals& globals) {
    APILAB_TRY(auto upstream, http::Url::parse(flags.upstream));
    if (!upstream.query().empty()) {
        return fail(ErrorKind::invalid_argument, "--upstream: expected a URL without a query");
    }
    sandbox::Recording named{.name = flags.name, .upstream = {}, .exchanges = {}};
    APILAB_CHECK(sandbox::parse_recording(sandbox::recording_json(named)));  // the name is sound
    runtime::RealScheduler scheduler;
    transport::AsioTransport way(scheduler);
    sandbox::Recorder recorder(way, std::move(upstream), flags.name);
    server::Server server(scheduler, recorder, {.port = flags.port, .server_header = ""});
    {
        const runtime::Signals signals(scheduler, {SIGINT, SIGTERM},
                                       [&](int /*number*/) { scheduler.stop(); });
        APILAB_CHECK(server.listen());
        if (globals.json) {
            fmt::print("{}\n", boost::json::serialize(boost::json::object{
                                   {"url", fmt::format("http://127.0.0.1:{}", server.port())},
                                   {"upstream", recorder.recording().upstream}}));
        } else if (!globals.quiet) {
            fmt::print("http://127.0.0.1:{} leads to {}; Ctrl-C ends it and writes {}\n",
                       server.port(), recorder.recording().upstream, flags.out);
        }
        std::fflush(stdout);
        scheduler.run();
    }
    runtime::run(scheduler, server.stop(std::chrono::seconds(2)));
    APILAB_CHECK(write_file_atomically(flags.out, sandbox::recording_json(recorder.recording())));
    const auto count = recorder.recording().exchanges.size();
    if (globals.json) {
        fmt::print("{}\n",
                   boost::json::serialize(boost::json::object{{"type", "result"},
                                                              {"file", flags.out},
                                                              {"exchanges", count},
                                                              {"left_out", recorder.left_out()}}));
    } else if (!globals.quiet) {
        fmt::print(
            "{} exchanges in {}, {} left out\nServe them: apilab sandbox serve --replay {}\n",
            count, flags.out, recorder.left_out(), flags.out);
    }
    return ExitCode::success;
}

}  // namespace

void add_sandbox_record(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand(
        "record", "Pass requests on to an upstream, and keep what came back without secrets");
    const auto flags = std::make_shared<RecordFlags>();
    command->add_option("--upstream", flags->upstream, "The one place that requests go to")
        ->required();
    command->add_option("--port", flags->port, "Where clients come; 0 for a free one")
        ->capture_default_str();
    command->add_option("--out", flags->out, "The file, for `sandbox serve --replay`")->required();
    command->add_option("--name", flags->name, "The provider that it is served as")
        ->capture_default_str();
    command->callback([=, &globals, &action] {
        action = [=, &globals] {
            const auto code = record(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
