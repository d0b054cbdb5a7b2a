#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

#include "apilab/base/release.hpp"

namespace apilab::auth::internal {

using BigPtr = std::unique_ptr<BIGNUM, Release<&BN_clear_free>>;
using BioPtr = std::unique_ptr<BIO, Release<&BIO_free_all>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Release<&EVP_MD_CTX_free>>;
using EcSignaturePtr = std::unique_ptr<ECDSA_SIG, Release<&ECDSA_SIG_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Release<&EVP_PKEY_CTX_free>>;
using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Release<&OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Release<&OSSL_PARAM_free>>;

}  // namespace apilab::auth::internal
