// apilab hook sign: the headers that a sender would put to a body.

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

Result<ExitCode> sign(const HookFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto scheme, hook_scheme(flags));
    APILAB_TRY(const auto now, hook_time(flags));
    APILAB_TRY(auto secrets, hook_secrets(flags));
    const Secret first = secrets.front();
    secrets.erase(secrets.begin());
    APILAB_TRY(const auto signer, work::SignatureSigner::create(scheme, first, secrets));
    APILAB_TRY(const auto body, hook_body(flags, globals));
    const auto headers = signer.sign(body, flags.id, now);
    if (!headers) {
        auto error = headers.error();
        return fail(error.detail() == "id" ? std::move(error).with_remedy("--id ID") : error);
    }
    if (globals.json) {
        json::object object;
        for (const auto& [name, value] : *headers) {
            object[name] = value;
        }
        fmt::print("{}\n",
                   json::serialize(json::object{
                       {"version", 1}, {"scheme", flags.scheme}, {"headers", std::move(object)}}));
        return ExitCode::success;
    }
    for (const auto& [name, value] : *headers) {
        fmt::print("{}: {}\n", name, value);
    }
    return ExitCode::success;
}

}  // namespace

void add_hook_sign(CLI::App& group, const Globals& globals, Action& action) {
    auto* command =
        group.add_subcommand("sign", "The headers of a webhook with this body, one a line");
    const auto flags = std::make_shared<HookFlags>();
    add_hook_flags(*command, *flags);
    command->add_option("--id", flags->id, "webhook-id, which Standard Webhooks signs");
    command->callback([&action, &globals, flags] {
        action = [&globals, flags] {
            const auto code = sign(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
