#include "hook/hook_senders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/sender.hpp"
#include "environment.hpp"
#include "hook/hook_store.hpp"
#include "hook/hook_types.hpp"
#include "secret_argument.hpp"

namespace apilab::cli {
namespace {

using Secrets = std::map<std::string, std::vector<Secret>, std::less<>>;

std::string sender_names() {
    std::string names;
    for (const auto& sender : work::senders()) {
        names += (names.empty() ? "" : ", ") + std::string(sender.name);
    }
    return names;
}

Result<Secrets> named(const std::vector<std::string>& providers) {
    Secrets secrets;
    for (const auto& text : providers) {
        const auto equals = std::min(text.find('='), text.size());
        auto name = text.substr(0, equals);
        std::ranges::replace(name, '-', '_');
        if (work::find_sender(name) == nullptr) {
            return fail(
                ErrorKind::invalid_argument,
                fmt::format("--provider: expected SENDER=env:NAME with one of {}", sender_names()));
        }
        auto& its = secrets[name];
        if (equals == text.size()) {
            if (name != "notion") {
                return fail(ErrorKind::invalid_argument,
                            fmt::format("--provider {}: expected {}=env:NAME; only Notion sends "
                                        "its secret itself",
                                        name, name));
            }
            continue;
        }
        auto secret = secret_argument(text.substr(equals + 1));
        if (!secret) {
            return fail(std::move(secret).error().in(fmt::format("--provider {}", name)));
        }
        its.push_back(*std::move(secret));
    }
    return secrets;
}

Secrets from_environment() {
    Secrets secrets;
    for (const auto& sender : work::senders()) {
        if (auto value = environment(hook_secret_variable(sender.name))) {
            Secret secret(*std::move(value));
            Scrubber::of_process().add(secret);
            secrets[std::string(sender.name)].push_back(std::move(secret));
        }
    }
    return secrets;
}

Error nothing_named() {
    std::string variables;
    for (const auto& sender : work::senders()) {
        const auto variable = hook_secret_variable(sender.name);
        if (!variable.empty()) {
            variables += (variables.empty() ? "" : ", ") + std::string(variable);
        }
    }
    return Error(ErrorKind::invalid_argument,
                 "no secret to verify webhooks with: without one anybody could send them")
        .with_remedy(fmt::format("set one of {}, or --provider github=env:NAME", variables));
}

// The token is a secret from its first moment: it is in the file, and nowhere else.
bool keep_token(const std::filesystem::path& file, const Secret& token) {
    Scrubber::of_process().add(token);
    return write_file_atomically(file, token.reveal()).has_value();
}

}  // namespace

Result<std::vector<work::ReceiverEndpoint>> hook_endpoints(
    const std::vector<std::string>& providers, const std::filesystem::path& token_file,
    std::function<void()> hear_token) {
    APILAB_TRY(auto secrets, named(providers));
    if (providers.empty()) {
        secrets = from_environment();
    }
    if (secrets.empty()) {
        return fail(nothing_named());
    }
    if (secrets.contains("standard") && secrets.contains("standard_ed25519")) {
        return fail(ErrorKind::invalid_argument,
                    "--provider: standard and standard-ed25519 come to one path, "
                    "/webhooks/standard; name one of them");
    }
    std::vector<work::ReceiverEndpoint> endpoints;
    for (auto& [name, its] : secrets) {
        work::ReceiverEndpoint endpoint;
        endpoint.sender = name;
        endpoint.secrets = std::move(its);
        endpoint.queue = std::string(forward_queue);
        std::error_code ignored;
        if (endpoint.secrets.empty() && std::filesystem::exists(token_file, ignored)) {
            APILAB_TRY(auto token, secret_argument("@" + token_file.string()));
            endpoint.secrets.push_back(std::move(token));
        } else if (endpoint.secrets.empty()) {
            endpoint.keep_token = [token_file, hear_token](const Secret& token) {
                if (!keep_token(token_file, token)) {
                    return false;
                }
                hear_token();
                return true;
            };
        }
        endpoints.push_back(std::move(endpoint));
    }
    return endpoints;
}

}  // namespace apilab::cli
