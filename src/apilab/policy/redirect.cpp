#include "apilab/policy/redirect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "apilab/http/redact.hpp"

namespace apilab::policy {

namespace {

using http::Request;

std::unexpected<Error> not_followed(std::string why) {
    return fail(Error(ErrorKind::protocol, "the redirect is not followed: " + std::move(why))
                    .with_outcome(Outcome::answered)
                    .with_ending(Ending::redirect)
                    .with_detail("redirect"));
}

bool leads_on(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string step_of(const Request& request) {
    return request.method() + " " + request.url().to_string();
}

// The four numbers of an IPv4 address.
std::optional<std::array<int, 4>> ipv4(std::string_view host) {
    std::array<int, 4> parts{};
    const char* at = host.data();
    const char* const end = at + host.size();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto [next, error] = std::from_chars(at, end, parts.at(i));
        const bool last = i + 1 == parts.size();
        if (error != std::errc() || parts.at(i) > 255 || (last ? next != end : *next != '.')) {
            return std::nullopt;
        }
        at = next + 1;
    }
    return parts;
}

bool is_private_v4(const std::array<int, 4>& a) {
    return a[0] == 10 || a[0] == 127 || a[0] == 0 || (a[0] == 172 && (a[1] & 0xF0) == 16) ||
           (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254) ||
           (a[0] == 100 && (a[1] & 0xC0) == 64);
}

bool is_private_v6(std::string_view host) {
    // Mapped IPv4 addresses are what they map.
    for (const std::string_view prefix : {"::ffff:", "64:ff9b::"}) {
        if (host.starts_with(prefix)) {
            const auto mapped = ipv4(host.substr(prefix.size()));
            return !mapped || is_private_v4(*mapped);
        }
    }
    if (host == "::1" || host == "::") {
        return true;
    }
    unsigned first = 0;
    const auto colon = std::min(host.find(':'), host.size());
    std::from_chars(host.data(), host.data() + colon, first, 16);
    return (first & 0xFE00U) == 0xFC00U || (first & 0xFFC0U) == 0xFE80U;
}

Request with_method_of_redirect(const Request& sent, int status, http::Url target) {
    Request next = sent;
    next.url(std::move(target));
    const bool by_get =
        status == 303 || ((status == 301 || status == 302) && sent.method() == "POST");
    if (by_get && sent.method() != "HEAD") {
        Request bare("GET", next.url());
        bare.headers() = next.headers();
        for (const auto& name : next.hidden_parameters()) {
            bare.hide_parameter(name);
        }
        for (const auto& name : next.hidden_headers()) {
            bare.hide_header(name);
        }
        for (const auto* name :
             {"content-type", "content-length", "content-encoding", "content-language",
              "content-location", "transfer-encoding", "idempotency-key"}) {
            bare.headers().remove(name);
        }
        return bare;
    }
    return next;
}

}  // namespace

Result<void> RedirectOptions::validate() const {
    if (hops_max < 1 || hops_max > 50) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("redirects.hops_max is {}, outside 1 to 50", hops_max));
    }
    return {};
}

std::string RedirectOptions::describe() const {
    return fmt::format("at most {}{}", hops_max,
                       private_from_public ? ", also into private networks" : "");
}

bool is_private_host(std::string_view host) {
    if (host == "localhost" || host.ends_with(".localhost")) {
        return true;
    }
    if (host.contains(':')) {
        return is_private_v6(host);
    }
    const auto address = ipv4(host);
    return address && is_private_v4(*address);
}

void drop_credentials(Request& request, const std::vector<std::string>& secret_headers) {
    auto& headers = request.headers();
    for (const auto* name : {"authorization", "cookie", "proxy-authorization"}) {
        headers.remove(name);
    }
    for (const auto& name : secret_headers) {
        headers.remove(name);
    }
    for (const auto& name : request.hidden_headers()) {
        headers.remove(name);
    }
    // Whoever added a key by another name meant it for the first origin all the same.
    const auto fields = headers;
    for (const auto& [name, value] : fields) {
        if (http::names_a_secret(name)) {
            headers.remove(name);
        }
    }
}

RedirectPolicy::RedirectPolicy(const RedirectOptions& options, const Request& first)
    : options_(options), seen_{step_of(first)} {}

Result<std::optional<Redirection>> RedirectPolicy::next(
    const Request& sent, const http::Response& answer,
    const std::vector<std::string>& secret_headers) {
    const auto location = answer.headers().get("location");
    if (!leads_on(answer.status()) || !location) {
        return std::nullopt;
    }
    if (hops() >= options_.hops_max) {
        return not_followed(fmt::format("it would be one more than {}", options_.hops_max));
    }
    // A fragment is for people's eyes; the rest of the URL is what counts.
    auto target = sent.url().resolve(location->substr(0, location->find('#')));
    if (!target) {
        return not_followed("its Location is no URL that can be asked: " +
                            target.error().message());
    }
    const http::Url& from = sent.url();
    if (from.secure() && !target->secure()) {
        return not_followed("it leads from https to http");
    }
    if (!options_.private_from_public && is_private_host(target->host()) &&
        !is_private_host(from.host())) {
        return not_followed("it leads into a private network");
    }
    const bool other_origin = target->origin() != from.origin();
    if (other_origin && sent.hidden_body()) {
        return not_followed("its body holds credentials, which are for " + from.origin() +
                            " alone");
    }
    Redirection redirection{.request =
                                with_method_of_redirect(sent, answer.status(), *std::move(target))};
    if (std::ranges::find(seen_, step_of(redirection.request)) != seen_.end()) {
        return not_followed("it leads in a circle");
    }
    if (other_origin) {
        dropped_ = true;
        drop_credentials(redirection.request, secret_headers);
    }
    redirection.request.headers().remove("host");
    redirection.credentials_dropped = dropped_;
    seen_.push_back(step_of(redirection.request));
    return redirection;
}

}  // namespace apilab::policy
