// apilab hook verify: is a webhook genuine, and if not, why?

#include <fmt/core.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <utility>

#include "apilab/base/try.hpp"
#include "hook/hook.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

Result<http::Headers> headers_of(const HookFlags& flags) {
    http::Headers headers;
    for (const auto& typed : flags.headers) {
        const std::string_view text = typed;
        const auto colon = text.find(':');
        const auto name = text.substr(0, colon);
        if (colon == text.npos || !http::valid_field_name(name)) {
            return fail(ErrorKind::invalid_argument,
                        "--header: expected 'name:value', as it came with the webhook");
        }
        // Spaces around a value are not part of it (RFC 9110 section 5.5).
        auto value = text.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        value = value.substr(0, value.find_last_not_of(" \t") + 1);
        headers.add(std::string(name), std::string(value));
    }
    return headers;
}

void print_verdict(const HookFlags& flags, const Result<void>& verdict, const Globals& globals) {
    if (globals.json) {
        json::object object{
            {"version", 1}, {"scheme", flags.scheme}, {"genuine", verdict.has_value()}};
        if (!verdict) {
            object["reason"] = verdict.error().detail();
            object["message"] = verdict.error().message();
        }
        fmt::print("{}\n", json::serialize(object));
        return;
    }
    const auto terminal = globals.out();
    if (verdict) {
        fmt::print("{}\n", terminal.green("genuine"));
    } else {
        fmt::print("{} ({}): {}\n", terminal.red("refused"), verdict.error().detail(),
                   verdict.error().message());
    }
}

Result<ExitCode> verify(const HookFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto scheme, hook_scheme(flags));
    APILAB_TRY(const auto headers, headers_of(flags));
    APILAB_TRY(const auto now, hook_time(flags));
    APILAB_TRY(auto secrets, hook_secrets(flags));
    APILAB_TRY(const auto verifier,
               work::SignatureVerifier::create(scheme, {.secrets = std::move(secrets)}));
    APILAB_TRY(const auto body, hook_body(flags, globals));
    const auto verdict = verifier.verify(headers, body, now);
    print_verdict(flags, verdict, globals);
    return verdict ? ExitCode::success : ExitCode::verdict_failed;
}

}  // namespace

void add_hook_verify(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand("verify", "Is a webhook genuine? Ends with 3 where not");
    const auto flags = std::make_shared<HookFlags>();
    add_hook_flags(*command, *flags);
    command
        ->add_option("--header", flags->headers,
                     "name:value, as it came; each of those that the scheme has")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->callback([&action, &globals, flags] {
        action = [&globals, flags] {
            const auto code = verify(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
