// apilab auth login | status | refresh | revoke

#include <memory>

#include "auth/auth.hpp"

namespace apilab::cli {
namespace {

using Run = Result<ExitCode> (*)(const AuthFlags&, const Globals&);

void add_place(CLI::App& command, AuthFlags& flags, bool name_needed) {
    auto* name = command.add_option("NAME", flags.name, "The credential's name here");
    name->required(name_needed);
    command.add_option("--tokens", flags.folder,
                       "Folder of the store (default: APILAB_TOKENS, else the state folder's "
                       "apilab/tokens)");
}

}  // namespace

void add_auth_command(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("auth", "Log in, and see how long it lasts");
    group->require_subcommand(1);
    const auto flags = std::make_shared<AuthFlags>();
    const auto act = [&action, &globals, flags](CLI::App* command, Run run) {
        command->callback([&action, &globals, flags, run] {
            action = [&globals, flags, run] {
                const auto code = run(*flags, globals);
                return code ? *code : report(code.error(), globals);
            };
        });
    };
    auto* login = group->add_subcommand("login", "Get tokens with a browser and keep them");
    add_place(*login, *flags, true);
    login->add_option("--issuer", flags->issuer, "Whose endpoints are discovered")->required();
    login->add_option("--client-id", flags->client_id, "As registered there")->required();
    login->add_option("--client-secret", flags->client_secret,
                      "env:NAME, @file or cmd:COMMAND; none: a public client");
    login->add_option("--client-auth", flags->method, "How the secret is sent")
        ->check(CLI::IsMember({"basic", "post"}))
        ->capture_default_str();
    login->add_option("--scope", flags->scope, "Separated by spaces");
    auto* device = login->add_flag("--device", flags->device, "On another device (RFC 8628)");
    login
        ->add_flag("--client-credentials", flags->client_credentials,
                   "In the client's own name, without a person")
        ->excludes(device);
    login->add_flag("--no-browser", flags->no_browser, "Print the URL, open nothing");
    act(login, auth_login);

    auto* status = group->add_subcommand("status", "What is there and how long it lives");
    add_place(*status, *flags, false);
    act(status, auth_status);

    auto* refresh = group->add_subcommand("refresh", "Renew one now");
    add_place(*refresh, *flags, true);
    act(refresh, auth_refresh);

    auto* revoke = group->add_subcommand("revoke", "End one at its server and forget it");
    add_place(*revoke, *flags, true);
    revoke->add_flag("--local", flags->local, "Forget it here; the server is not told");
    act(revoke, auth_revoke);
}

}  // namespace apilab::cli
