// Is a webhook genuine: how much longer than the bare HMAC does it take to ask? The HMAC is
// OpenSSL's EVP_MAC at its best, a context that is keyed once and begun anew for each body, and a
// comparison in constant time. Rounds are interleaved; a ratio is taken within a round. CPU time of
// one thread.
//
//   bench_signature [ROUNDS [MIB]]

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "apilab/work/signature.hpp"
#include "common/samples.hpp"

namespace {

using apilab::Secret;
using apilab::bench::Samples;
using apilab::work::SignatureScheme;
using apilab::work::SignatureSigner;
using apilab::work::SignatureVerifier;

const apilab::SystemTime now{std::chrono::seconds(1'700'000'000)};
constexpr const char* key_text = "8f742231b10e8888abcd99yyyzzz85a5";

void require(bool holds) {
    if (!holds) {
        std::fprintf(stderr, "a signature was not what it should be\n");
        std::exit(1);
    }
}

class RawMac {
public:
    RawMac() {
        std::string digest = "SHA256";
        const std::array params{
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
            OSSL_PARAM_construct_end()};
        require(EVP_MAC_init(context_.get(), raw(key_text), std::string_view(key_text).size(),
                             params.data()) == 1);
    }
    std::array<unsigned char, 32> operator()(std::string_view body) {
        std::array<unsigned char, 32> mac{};
        std::size_t size = 0;
        require(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&
                EVP_MAC_update(context_.get(), raw(body), body.size()) == 1 &&
                EVP_MAC_final(context_.get(), mac.data(), &size, mac.size()) == 1);
        return mac;
    }

private:
    static const unsigned char* raw(std::string_view bytes) {
        return reinterpret_cast<const unsigned char*>(bytes.data());
    }
    std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac_{
        EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr), &EVP_MAC_free};
    std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context_{EVP_MAC_CTX_new(mac_.get()),
                                                                       &EVP_MAC_CTX_free};
};

double cpu_ns() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (static_cast<double>(time.tv_sec) * 1e9) + static_cast<double>(time.tv_nsec);
}

template <class Work>
double each_ns(int times, Work work) {
    const double begun = cpu_ns();
    for (int i = 0; i < times; ++i) {
        work();
    }
    return (cpu_ns() - begun) / times;
}

// A request as a server has it: what a proxy puts before the signature is there as well.
apilab::http::Headers request_of(const apilab::http::Headers& signature) {
    apilab::http::Headers headers{{"Host", "hooks.example"},
                                  {"User-Agent", "GitHub-Hookshot/044aadd"},
                                  {"Content-Type", "application/json"},
                                  {"Content-Length", "1024"},
                                  {"Accept", "*/*"},
                                  {"X-Forwarded-For", "192.0.2.1"},
                                  {"X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
                                  {"X-GitHub-Event", "push"}};
    for (const auto& [name, value] : signature) {
        headers.add(name, value);
    }
    return headers;
}

std::size_t head_size(SignatureScheme scheme) {
    switch (scheme) {
        case SignatureScheme::slack:
            return std::string_view("v0:1700000000:").size();
        case SignatureScheme::stripe:
            return std::string_view("1700000000.").size();
        case SignatureScheme::standard:
            return std::string_view("msg_p5jXN8AQM9LWM0D4loKWxJek.1700000000.").size();
        default:
            return 0;
    }
}

void measure(SignatureScheme scheme, const std::string& secret, std::size_t size, int rounds,
             double mib) {
    const std::string body(size, 'x');
    const auto headers = request_of(*SignatureSigner::create(scheme, Secret(secret))
                                         ->sign(body, "msg_p5jXN8AQM9LWM0D4loKWxJek", now));
    const auto verifier = *SignatureVerifier::create(scheme, {.secrets = {Secret(secret)}});
    RawMac mac;
    // What this scheme signs before the body is hashed as well.
    const auto signed_bytes = std::string(head_size(scheme), 'x') + body;
    const auto expected = mac(signed_bytes);
    const int times =
        std::max(200, static_cast<int>(mib * 1024 * 1024 / static_cast<double>(size + 512)));
    Samples raw;
    Samples ours;
    for (int round = 0; round <= rounds; ++round) {
        const double bare = each_ns(times, [&] {
            const auto made = mac(signed_bytes);
            require(CRYPTO_memcmp(made.data(), expected.data(), made.size()) == 0);
        });
        const double whole =
            each_ns(times, [&] { require(verifier.verify(headers, body, now).has_value()); });
        if (round > 0) {  // the first one warms up
            raw.add(bare);
            ours.add(whole);
        }
    }
    std::printf("%-10s %7zu bytes: EVP_MAC %s ns, verify %s ns\n",
                std::string(apilab::work::to_string(scheme)).c_str(), size,
                raw.to_string(0).c_str(), ours.to_string(0).c_str());
    // 0.8 of its speed.
    apilab::bench::print_bar("  verify / EVP_MAC", apilab::bench::median_ratio(ours, raw), 1.25,
                             "");
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = apilab::bench::argument(argc, argv, 1, 9);
    const int mib = apilab::bench::argument(argc, argv, 2, 16);
    for (const std::size_t size : {256, 1024, 8192, 65536}) {
        measure(SignatureScheme::github, key_text, size, rounds, mib);
    }
    for (const std::size_t size : {1024, 8192}) {
        measure(SignatureScheme::slack, key_text, size, rounds, mib);
        measure(SignatureScheme::stripe, key_text, size, rounds, mib);
        measure(SignatureScheme::standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", size, rounds,
                mib);
    }
    return 0;
}
