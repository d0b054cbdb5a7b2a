#include "canary.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>

namespace apilab::canaries {
namespace {

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

// Without the digits at both ends that depend on what stands beside it.
std::string base64_after(std::size_t before, std::string_view value) {
    const auto text = base64(std::string(before, 'x').append(value));
    const std::size_t first = before == 0 ? 0 : before + 1;
    return text.substr(first, 8 * (before + value.size()) / 6 - first);
}

std::string url_alphabet(std::string text) {
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

std::string percent(std::string_view value, std::string_view digits) {
    std::string text;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view("-._~").contains(c)) {
            text += c;
        } else {
            ((text += '%') += digits[byte >> 4U]) += digits[byte & 15U];
        }
    }
    return text;
}

}  // namespace

std::vector<Canary> all_kinds() {
    // Letters that nothing else has; some with what every encoding writes in its own way.
    const std::string line = "MIIEvCANARYQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9U";
    return {
        {"APILAB_API_KEY", "ak_canary7Q1"},
        {"APILAB_API_PASSWORD", "pw:canary 7Q2/+=%&?"},
        {"APILAB_API_TOKEN", "at_canary7Q3~bearer"},
        {"APILAB_OAUTH_REFRESH_TOKEN", "rt_canary7Q4/1//refresh"},
        {"APILAB_OAUTH_CLIENT_SECRET", "cs_canary7Q5+client"},
        {"APILAB_OAUTH_CODE_VERIFIER", "canary7Q6-verifier-of-at-least-43-characters"},
        {"APILAB_OAUTH_CODE", "4/canary7Q7-code"},
        {"APILAB_GITHUB_WEBHOOK_SECRET", "whsec_canary7Q8=="},
        {"APILAB_SIGNING_KEY", line},
        {"APILAB_GOOGLE_CREDENTIALS",
         R"({"type":"service_account","private_key_id":"canary7Q9","client_email":"a@b.test"})"},
        {"APILAB_SESSION_COOKIE", "sid=canary7QA; Path=/"},
        {"APILAB_HMAC_KEY", "canary7QB-hmac-key"}};
}

std::vector<std::string> seen_in(std::string_view text, const std::vector<Canary>& canaries) {
    std::vector<std::string> seen;
    for (const auto& [name, value] : canaries) {
        const auto look = [&](const std::string& form, const char* how) {
            if (text.contains(form)) {
                seen.push_back(name + how);
            }
        };
        look(value, " as it is");
        for (const std::size_t before : {0U, 1U, 2U}) {
            look(base64_after(before, value), " in base64");
            look(url_alphabet(base64_after(before, value)), " in base64url");
        }
        look(percent(value, "0123456789ABCDEF"), " percent-encoded");
        look(percent(value, "0123456789abcdef"), " percent-encoded");
    }
    return seen;
}

}  // namespace apilab::canaries
