// Lines of bytes as the headers of a webhook, the rest as its body: what nobody signed is never
// taken for genuine, whatever the scheme, and a refusal always says why; nobody here knows the
// secret. What our signer signs is genuine, with that body, and with no other.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/work/signature.hpp"

namespace {

using apilab::Secret;
using apilab::work::SignatureScheme;
using apilab::work::SignatureSigner;
using apilab::work::SignatureVerifier;

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

struct Pair {
    SignatureSigner signer;
    SignatureVerifier verifier;
};

Pair pair_of(SignatureScheme scheme) {
    std::string sender = "nobody knows";
    std::string receiver = sender;
    if (scheme == SignatureScheme::standard) {
        sender = receiver = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    } else if (scheme == SignatureScheme::standard_ed25519) {
        sender = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        receiver = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
    }
    return {*SignatureSigner::create(scheme, Secret(sender)),
            *SignatureVerifier::create(scheme, {.secrets = {Secret(receiver)}})};
}

const std::vector<Pair>& pairs() {
    static const auto all = [] {
        std::vector<Pair> made;
        for (const auto scheme : apilab::work::all_signature_schemes()) {
            made.push_back(pair_of(scheme));
        }
        return made;
    }();
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::set<std::string> reasons{"missing", "repeated", "malformed", "timestamp",
                                               "mismatch"};
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    apilab::http::Headers headers;
    for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
        const auto colon = std::min(line.find(':'), line.size());
        headers.add(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
    }
    const apilab::SystemTime now{std::chrono::seconds(1'700'000'000)};
    for (const auto& [signer, verifier] : pairs()) {
        const auto verdict = verifier.verify(headers, rest, now);
        require(!verdict);
        require(verdict.error().kind() == apilab::ErrorKind::auth);
        require(reasons.contains(verdict.error().detail()));
        const auto id = headers.get("webhook-id").value_or("msg_1");
        if (const auto made = signer.sign(rest, id, now)) {
            require(verifier.verify(*made, rest, now).has_value());
            require(!verifier.verify(*made, std::string(rest) + "x", now));
        }
    }
    return 0;
}
