#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/client/options.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/body.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "call/request_items.hpp"
#include "command.hpp"

namespace apilab::cli {

/// What `apilab call` is told. Texts are checked where they are used, with the flag in the message.
struct CallFlags {
    /// `[METHOD] URL [ITEM...]`
    std::vector<std::string> words;
    bool form = false;
    bool multipart = false;
    std::optional<std::string> raw;
    bool ignore_stdin = false;
    /// `http` or `https`; empty: http for this machine, https for others.
    std::string scheme;
    /// As `secret_argument`.
    std::string bearer;
    /// `USER:` and a place of the password.
    std::string auth;

    int retries = 2;
    std::string deadline = "60s";
    std::string timeout = "30s";
    std::string connect_timeout = "5s";
    std::string pace = "auto";
    std::string idempotency_key = "none";
    std::string effect;
    bool follow = false;
    std::optional<int> max_redirects;
    std::string ca_file;
    std::string certificate;
    std::string key;
    std::string proxy;

    bool offline = false;
    bool fail = false;
    bool print_curl = false;
    bool timing = false;
    bool show_attempts = false;
    std::string har;
    std::string html;
    std::string output;
    std::optional<std::string> print;
    std::string pretty;
    /// A file, or `off`; empty: the usual place.
    std::string trace_store;

    std::string session;
    std::string session_read_only;
};

/// Where a call goes.
struct CallTarget {
    http::Url url;
    /// `slack`; empty: none that we know.
    std::string provider;
    /// The address came with the project (`Setting::of_project`), from the place that `source`
    /// names.
    bool of_project = false;
    std::string source;
};
/// `https://host/path`, `host/path`, `:3000/path`, `/path` (both of this machine), or a provider's
/// path `slack:/chat.postMessage`: slack, github, notion, gmail, google, npm, osv, api, by their
/// `APILAB_..._URL`, the settings files, or the well-known address. Errors (`invalid_argument`):
/// no URL, an unknown provider with the one that was probably meant, a provider without an address,
/// a credential in the URL.
[[nodiscard]] Result<CallTarget> call_target(const std::string& text, const std::string& scheme);
/// The well-known address of a provider, by its key in `[urls]`; empty: it has none.
[[nodiscard]] std::string_view provider_address(std::string_view key);

/// May this name's value be typed? Not where it is a credential's, as names go. Narrower than
/// `http::names_a_secret`, which hides `key=PROJ-1` and `code=7` as well.
[[nodiscard]] bool names_a_credential(std::string_view name);

class Session;

/// A request, ready to go.
struct BuiltRequest {
    http::Request request;
    /// Instead of the request's own body.
    std::shared_ptr<runtime::BodySource> upload = nullptr;
    /// Something in it came from a place of secrets.
    bool credentials = false;
};
/// Reads the files and secrets that the items name. `session` (may be null) gives the headers that
/// the request does not have, and is told those that it has. Errors name the item.
[[nodiscard]] Result<BuiltRequest> build_request(const CallFlags& flags, const RequestLine& line,
                                                 const CallTarget& target, Session* session);

/// The value of a header as it may be typed: with the place of a secret (`env:NAME`, `@file`,
/// `cmd:...`) at its end (`Bearer env:TOKEN`), where the header is a credential, else only as the
/// whole value, or `env:NAME` at its end.
struct HeaderValue {
    std::string value;
    bool secret = false;
};
/// Errors: those of `secret_argument`; `invalid_argument` for a credential in clear, a line break.
[[nodiscard]] Result<HeaderValue> header_value(std::string_view name, const std::string& typed);

/// The standard input, where it is a pipe or a file. `wanted`: asked for (`@-`), whatever it is.
/// Nothing: it is none, or there is nothing in it. Errors: `io`, `too_large` (64 MiB).
[[nodiscard]] Result<std::optional<std::string>> read_standard_input(bool wanted, bool quiet);
/// `application/json` for `a.json`; empty: its ending says nothing.
[[nodiscard]] std::string content_type_of(std::string_view file);

/// Everything below the request.
struct CallSetup {
    client::ClientOptions client;
    client::CallOptions call;
    transport::AsioTransportOptions transport;
};
/// Errors (`invalid_argument`) name the flag and its range, or the two that contradict each other.
[[nodiscard]] Result<void> check_flags(const CallFlags& flags, const Globals& globals);
[[nodiscard]] Result<CallSetup> call_setup(const CallFlags& flags, const CallTarget& target,
                                           const http::Request& request);

/// The whole command.
[[nodiscard]] Result<ExitCode> run_call(const CallFlags& flags, const Globals& globals);

}  // namespace apilab::cli
