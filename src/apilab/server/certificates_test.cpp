#include "apilab/server/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace apilab::server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const SystemTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

X509Ptr parse(const std::string& pem) {
    std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free};
}

// What a client that trusts `root` alone says of `leaf` at `when`: X509_V_OK or an error number.
int verify(const std::string& leaf, const std::string& root, SystemTime when,
           const char* host = nullptr, const char* address = nullptr) {
    const X509Ptr certificate = parse(leaf);
    const X509Ptr trusted = parse(root);
    std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                  &X509_STORE_free);
    X509_STORE_add_cert(store.get(), trusted.get());
    std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                            &X509_STORE_CTX_free);
    X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr);
    X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(
        rules, std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count());
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
    if (host != nullptr) {
        X509_VERIFY_PARAM_set1_host(rules, host, 0);
    }
    if (address != nullptr) {
        X509_VERIFY_PARAM_set1_ip_asc(rules, address);
    }
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

class Certificates : public ::testing::Test {
protected:
    CertificateAuthority ca_ = CertificateAuthority::create(now).value();
};

TEST_F(Certificates, a_leaf_is_good_for_its_names_and_addresses) {
    const auto leaf = ca_.issue(now).value();
    EXPECT_EQ(verify(leaf.certificate, ca_.certificate(), now, "localhost"), X509_V_OK);
    EXPECT_EQ(verify(leaf.certificate, ca_.certificate(), now, nullptr, "127.0.0.1"), X509_V_OK);
    EXPECT_EQ(verify(leaf.certificate, ca_.certificate(), now, nullptr, "::1"), X509_V_OK);
    EXPECT_THAT(std::string(leaf.key.reveal()), StartsWith("-----BEGIN PRIVATE KEY-----"));
}

TEST_F(Certificates, a_leaf_of_another_host_is_not_good_for_this_one) {
    const auto leaf = ca_.issue(now, {.dns_names = {"wrong.example"}, .addresses = {}}).value();
    EXPECT_EQ(verify(leaf.certificate, ca_.certificate(), now, "wrong.example"), X509_V_OK);
    EXPECT_EQ(verify(leaf.certificate, ca_.certificate(), now, "localhost"),
              X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(verify(leaf.certificate, ca_.certificate(), now, nullptr, "127.0.0.1"),
              X509_V_ERR_IP_ADDRESS_MISMATCH);
}

TEST_F(Certificates, an_expired_leaf_is_expired_by_the_callers_clock) {
    const auto leaf = ca_.issue(now, {.valid_from = -2h, .valid_until = -1h}).value();
    EXPECT_EQ(verify(leaf.certificate, ca_.certificate(), now), X509_V_ERR_CERT_HAS_EXPIRED);
    const auto good = ca_.issue(now).value();
    EXPECT_EQ(verify(good.certificate, ca_.certificate(), now + 24h * 31),
              X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(verify(good.certificate, ca_.certificate(), now - 2h), X509_V_ERR_CERT_NOT_YET_VALID);
}

TEST_F(Certificates, a_self_signed_one_is_trusted_by_nobody_else) {
    const auto lone = self_signed_certificate(now).value();
    EXPECT_EQ(verify(lone.certificate, ca_.certificate(), now),
              X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
}

TEST_F(Certificates, a_leaf_of_another_authority_is_not_trusted) {
    const auto other = CertificateAuthority::create(now).value();
    const auto leaf = other.issue(now).value();
    EXPECT_NE(verify(leaf.certificate, ca_.certificate(), now), X509_V_OK);
}

TEST_F(Certificates, what_cannot_be_a_name_is_refused_with_the_option_named) {
    const std::pair<CertificateOptions, std::string> table[] = {
        {{.dns_names = {"a,IP:1.2.3.4"}}, "'dns_names'"},
        {{.dns_names = {""}}, "'dns_names'"},
        {{.addresses = {"localhost"}}, "'addresses'"},
        {{.common_name = ""}, "'common_name'"},
        {{.common_name = std::string(65, 'x')}, "'common_name'"},
    };
    for (const auto& [options, name] : table) {
        const auto issued = ca_.issue(now, options);
        ASSERT_FALSE(issued) << name;
        EXPECT_EQ(issued.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(issued.error().to_string(), HasSubstr(name));
    }
}

}  // namespace
}  // namespace apilab::server
