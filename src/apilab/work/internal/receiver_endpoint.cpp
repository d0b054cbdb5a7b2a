#include "apilab/work/internal/receiver_endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/work/internal/option_range.hpp"
#include "apilab/work/internal/store_checks.hpp"

namespace apilab::work::internal {
namespace {

constexpr std::size_t body_limit = std::size_t{512} << 20U;

bool is_json(std::string_view type) {
    return type == "application/json" ||
           (type.starts_with("application/") && type.ends_with("+json"));
}

http::Response not_genuine() {
    // RFC 9110 section 15.5.2 wants a challenge; there is none that a sender could take up.
    return answer(401).header("www-authenticate", "Signature");
}

}  // namespace

http::Response answer(int status) {
    return http::Response(status).header("cache-control", "no-store");
}

Result<Endpoint> Endpoint::create(ReceiverEndpoint options,
                                  const RedeliveryWatchOptions& redelivery) {
    const Sender* sender = find_sender(options.sender);
    if (sender == nullptr) {
        return bad_field("sender",
                         "github, notion, shopify, slack, standard, standard_ed25519 or stripe");
    }
    if (options.path.empty()) {
        options.path = fmt::format("/webhooks/{}", sender->source);
    }
    if (options.kind.empty()) {
        options.kind = sender->source;
    }
    if (!options.path.starts_with('/') || options.path.find_first_of("?# ") != std::string::npos) {
        return bad_field("path", "a path that begins with / and has no query");
    }
    APILAB_CHECK(check_name("queue", options.queue));
    APILAB_CHECK(check_name("kind", options.kind));
    if (options.body_max < 1 || options.body_max > body_limit) {
        return bad_field("body_max", "1 byte to 512 MiB");
    }
    Endpoint made(std::move(options), *sender);
    const bool waits_for_token =
        sender->handshake == Handshake::notion_token && made.options_.keep_token;
    if (!made.options_.secrets.empty() || !waits_for_token) {
        APILAB_CHECK(made.set_secrets(std::move(made.options_.secrets)));
    }
    made.options_.secrets.clear();
    if (!sender->retries) {
        auto watched = redelivery;
        watched.horizon = std::min(watched.horizon, sender->horizon);
        watched.margin = std::min(watched.margin, watched.horizon);
        made.watch = std::make_shared<RedeliveryWatch>(watched);
    }
    return made;
}

Result<void> Endpoint::set_secrets(std::vector<Secret> secrets) {
    auto verifier = SignatureVerifier::create(
        sender_->scheme, {.secrets = std::move(secrets), .tolerance = options_.tolerance});
    if (!verifier) {
        return fail(std::move(verifier).error().in(options_.path));
    }
    verifier_ = *std::move(verifier);
    return {};
}

std::optional<http::Response> Endpoint::refuse_unread(const http::Request& request) {
    if (request.method() != "POST") {
        ++stats.unsupported;
        return answer(405).header("allow", "POST");
    }
    // The signature covers what came; nobody signs in two forms, and a few bytes could stand for
    // gigabytes.
    const auto codings = request.headers().get_all("content-encoding");
    if (!std::ranges::all_of(codings,
                             [](auto coding) { return coding.empty() || coding == "identity"; })) {
        ++stats.unsupported;
        return answer(415).header("accept-encoding", "identity");
    }
    const auto types = request.headers().get_all("content-type");
    if (types.size() > 1) {
        ++stats.malformed;
        return answer(400);
    }
    const auto type = media_type(types.empty() ? "" : types.front());
    if (!is_json(type) && !(sender_->form && type == form_type)) {
        ++stats.unsupported;
        return answer(415).header("accept", "application/json");
    }
    if (request.body().size() > options_.body_max) {
        ++stats.too_large;
        return answer(413);
    }
    return std::nullopt;
}

std::optional<http::Response> Endpoint::refuse_unproved(const http::Request& request,
                                                        SystemTime now) {
    const auto proved = verifier_->verify(request.headers(), request.body(), now);
    if (proved) {
        return std::nullopt;
    }
    const auto& why = proved.error().detail();
    if (why == "repeated") {
        ++stats.malformed;
        return answer(400);
    }
    ++(why == "timestamp" ? stats.out_of_time : stats.unverified);
    return not_genuine();
}

// Whoever comes first names the secret: only for as long as there is none.
http::Response Endpoint::first_contact(const http::Request& request) {
    const auto token = read_verification_token(request.body());
    if (token && options_.keep_token && options_.keep_token(*token) && set_secrets({*token})) {
        ++stats.handshakes;
        return answer(200);
    }
    ++stats.unverified;
    return not_genuine();
}

std::expected<Incoming, http::Response> Endpoint::take(const http::Request& request,
                                                       SystemTime now) {
    ++stats.requests;
    if (auto refused = refuse_unread(request)) {
        return std::unexpected(*std::move(refused));
    }
    if (!verifier_) {
        return std::unexpected(first_contact(request));
    }
    if (auto refused = refuse_unproved(request, now)) {
        return std::unexpected(*std::move(refused));
    }
    auto in = read_event(*sender_, request.headers(), request.body());
    if (!in) {
        ++stats.malformed;
        return std::unexpected(http::Response::json(
            400, fmt::format(R"({{"error":{}}})", http::json_quote(in.error().message()))));
    }
    if (in->handshake == Handshake::none) {
        return *std::move(in);
    }
    ++stats.handshakes;
    if (in->handshake == Handshake::slack_challenge) {
        return std::unexpected(http::Response::json(
            200, fmt::format(R"({{"challenge":{}}})", http::json_quote(in->challenge))));
    }
    return std::unexpected(answer(200));
}

NewJob Endpoint::job_of(Incoming& in) const {
    NewJob job;
    job.queue = options_.queue;
    job.kind = options_.kind;
    if (in.payload) {
        job.payload = *std::move(in.payload);
    }
    if (options_.skip_older) {
        job.entity = in.entity;
        job.version = in.version;
    }
    if (options_.prepare) {
        options_.prepare(in, job);
    }
    return job;
}

}  // namespace apilab::work::internal
