#include "apilab/transport/internal/certificate_reason.hpp"

#include <openssl/x509_vfy.h>

namespace apilab::transport::internal {

std::string_view certificate_reason(long verify_result) {
    switch (verify_result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "not_yet_valid";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "wrong_host";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "self_signed";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "unknown_ca";
        case X509_V_ERR_CERT_REVOKED:
            return "revoked";
        case X509_V_ERR_APPLICATION_VERIFICATION:
            return "pinned_key";
        default:
            return "certificate";
    }
}

}  // namespace apilab::transport::internal
