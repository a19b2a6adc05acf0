#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pki/handles.h"

// Certificates and keys as text. What is not PEM between the blocks is passed over, as everywhere.
namespace shoal::pki {

inline constexpr std::size_t kCertificatesMax = 64;  // in one file

// All certificates in the order of the text.
// Errors  invalid_argument: there is none, more than kCertificatesMax, or one that does not parse.
Result<std::vector<Certificate>> certificates_from(std::string_view pem);

// Errors  invalid_argument: no key, one that does not parse, or one behind a password: nobody is
//         there to type it.
Result<PrivateKey> private_key_from(std::string_view pem);

std::string pem_of(const Certificate& certificate);
// PKCS #8, not encrypted.
std::string pem_of(const PrivateKey& key);

}  // namespace shoal::pki
