// Lines of bytes as the headers of a webhook, the rest as its body: what nobody signed is never
// taken for genuine, and a refusal always says why. Nobody here knows the secret.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "apilab/work/signature.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::string take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() == rest.size() ? rest.size() : line.size() + 1);
    return std::string(line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using apilab::work::SignatureScheme;
    using apilab::work::SignatureVerifier;
    static const std::set<std::string> reasons{"missing", "repeated", "malformed", "timestamp",
                                               "mismatch"};
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    apilab::http::Headers headers;
    for (const char* name : {"x-hub-signature-256", "x-slack-signature",
                             "x-slack-request-timestamp", "x-slack-signature"}) {
        if (auto line = take_line(rest); !line.empty()) {
            headers.add(name, std::move(line));
        }
    }
    const apilab::SystemTime now{std::chrono::seconds(1'700'000'000)};
    for (const auto scheme : {SignatureScheme::github, SignatureScheme::slack}) {
        const auto verifier =
            SignatureVerifier::create(scheme, {.secrets = {apilab::Secret("nobody knows")}});
        const auto verdict = verifier->verify(headers, rest, now);
        require(!verdict);
        require(verdict.error().kind() == apilab::ErrorKind::auth);
        require(reasons.contains(verdict.error().detail()));
    }
    return 0;
}
