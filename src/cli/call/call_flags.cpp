// The flags of `apilab call`.

#include <memory>

#include "call/call.hpp"

namespace apilab::cli {
namespace {

void declare_request(CLI::App& command, CallFlags& flags) {
    command
        .add_option("REQUEST", flags.words,
                    "[METHOD] URL [ITEM...]; an item is Header:value, name==value (query), "
                    "field=value, field:=json, field=@file or name@file")
        ->required();
    command.add_flag("-f,--form", flags.form, "Fields as a form, not as JSON");
    command.add_flag("--multipart", flags.multipart, "The same, as multipart/form-data");
    command.add_option("--raw", flags.raw, "This text is the body");
    command.add_flag("--ignore-stdin", flags.ignore_stdin,
                     "Leave the standard input alone (a pipe is the body otherwise)");
    command.add_option("--default-scheme", flags.scheme, "For a URL without one")
        ->check(CLI::IsMember({"http", "https"}));
    command.add_option("--bearer", flags.bearer, "A bearer token: env:NAME, @file or cmd:COMMAND");
    command.add_option("--auth", flags.auth, "USER:env:NAME (Basic), or @file or cmd:COMMAND");
    command.add_option("--session", flags.session,
                       "Keep cookies and headers under NAME for the next call to this host");
    command.add_option("--session-read-only", flags.session_read_only,
                       "Use what is kept under NAME and change nothing");
    command
        .add_option("--effect", flags.effect, "What it does there; by default the method says it")
        ->check(CLI::IsMember({"read", "idempotent", "write"}));
    command
        .add_option("--idempotency-key", flags.idempotency_key,
                    "auto, none or KEY: the same on every attempt")
        ->capture_default_str();
}

void declare_policies(CLI::App& command, CallFlags& flags) {
    constexpr int retries_max = 9;
    constexpr int redirects_max = 50;
    command.add_option("--retries", flags.retries, "Send again so often at most; 0: one attempt")
        ->check(CLI::Range(0, retries_max))
        ->capture_default_str();
    command.add_option("--deadline", flags.deadline, "For everything together, 1ms to 1h")
        ->capture_default_str();
    command.add_option("--timeout", flags.timeout, "For one attempt, 1ms to 1h")
        ->capture_default_str();
    command.add_option("--connect-timeout", flags.connect_timeout, "To connect, 1ms to 1h")
        ->capture_default_str();
    command
        .add_option("--pace", flags.pace, "auto (what the provider says), off, or N/s, N/m, N/h")
        ->capture_default_str();
    command.add_flag("--follow", flags.follow, "Follow redirects");
    command.add_option("--max-redirects", flags.max_redirects, "At most so many, 1 to 50")
        ->check(CLI::Range(1, redirects_max));
    command.add_option("--cacert", flags.ca_file,
                       "Trust the authorities in this PEM file, too (default: APILAB_CA_FILE)");
    command.add_option("--cert", flags.certificate, "A certificate of our own, a PEM file");
    command.add_option("--key", flags.key, "Its key, a PEM file (default: in the same file)");
    command.add_option("--proxy", flags.proxy,
                       "http://host:port, env:NAME or off (default: the usual variables)");
}

void declare_output(CLI::App& command, CallFlags& flags) {
    command.add_flag("-n,--offline,--dry-run", flags.offline, "Print the request, send nothing");
    command.add_flag("--fail", flags.fail, "Exit 22 for a status of 400 and above");
    command.add_option("-o,--output", flags.output, "Put the body of a 2xx answer into FILE");
    command.add_option("-p,--print", flags.print,
                       "Parts: H and B of the request, h and b of the answer");
    command.add_option("--pretty", flags.pretty, "JSON indented and in colours")
        ->check(CLI::IsMember({"all", "colors", "format", "none"}));
    command.add_flag("--print-curl", flags.print_curl, "The same call as a curl line");
    command.add_flag("--timing", flags.timing, "Where the time went, as a waterfall");
    command.add_flag("--show-attempts", flags.show_attempts, "What was decided, and why");
    command.add_option("--har", flags.har, "Write the attempts as an HTTP archive");
    command.add_option("--html", flags.html, "Write the call as one page with its waterfall");
    command.add_option("--trace-store", flags.trace_store,
                       "Keep the call in FILE, or off (default: APILAB_TRACES, else the state "
                       "folder)");
}

}  // namespace

void add_call(CLI::App& app, const Globals& globals, Action& action) {
    auto* command = app.add_subcommand("call", "One call through the whole client");
    const auto flags = std::make_shared<CallFlags>();
    declare_request(*command, *flags);
    declare_policies(*command, *flags);
    declare_output(*command, *flags);
    command->callback([flags, &globals, &action] {
        action = [flags, &globals] {
            const auto code = run_call(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
