"""Pairs of access points as tests need them, and a P-Mode file of a partner that was not made here."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.core.pmode import PROFILES, PMode
from gateway.onboarding.pairing import Exchange, Pairing, Side, Terms

MESSAGES = (
    Exchange("urn:test:transit", "", "Release"),
    Exchange("urn:test:transit", "", "Arrival"),
    Exchange("urn:test:value", "", "Request"),
)
ROLES = {"own_role": "urn:role:customs", "party_role": "urn:role:trader"}


def pmode(profile: str = "ics2", **values: Any) -> PMode:
    """A profile's P-Mode, bent."""
    return replace(PROFILES[profile], **values)


def pair(mode: PMode | None = None, ref: str = "transit:1.0", pulled_from: str = "") -> Pairing:
    """KZ and BY under one agreement."""
    mode = mode or pmode()
    own_type, type_ = mode.types(outgoing=True)
    exchanges = tuple(replace(each, service_type=mode.service_type) for each in MESSAGES)
    terms = Terms(
        "transit-1.0",
        ref,
        mode.agreement_type,
        mode,
        exchanges,
        mode.roles(outgoing=True),
        mode.roles(outgoing=False),
        ("application/pdf",),
        timedelta(hours=72),
    )
    return Pairing(
        Side("KZ.KGD", own_type, "https://kz.example:9443/msh"),
        Side("BY.GTK", type_, "https://by.example/domibus/services/msh"),
        (terms,),
        pulled_from,
    )


# Written by hand as an operator of a Domibus might: other names, two partners, what we do otherwise.
FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<cfg:configuration xmlns:cfg="http://domibus.eu/configuration" party="minsk_gw">
  <mpcs><mpc name="main" qualifiedName="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC"
             enabled="true" default="true" retention_downloaded="0" retention_undownloaded="60"/></mpcs>
  <businessProcesses>
    <roles><role name="snd" value="urn:role:sender"/><role name="rcv" value="urn:role:receiver"/></roles>
    <parties>
      <partyIdTypes><partyIdType name="plain" value="urn:oasis:names:tc:ebcore:partyid-type:unregistered"/></partyIdTypes>
      <party name="minsk_gw" endpoint="https://as4.minsk.example/domibus/services/msh">
        <identifier partyId="BY.GTK" partyIdType="plain"/></party>
      <party name="astana_gw" endpoint="https://kz.example:9443/msh"><identifier partyId="KZ.KGD" partyIdType="plain"/></party>
      <party name="oslo_gw" endpoint="https://no.example/msh"><identifier partyId="NO.TOLL" partyIdType="plain"/></party>
    </parties>
    <meps>
      <mep name="oneway" value="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/oneWay"/>
      <mep name="twoway" value="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/twoWay"/>
      <binding name="push" value="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/push"/>
      <binding name="both" value="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/push-and-push"/>
    </meps>
    <properties>
      <property name="os" key="originalSender" datatype="string" required="true"/>
      <property name="fr" key="finalRecipient" datatype="string" required="true"/>
      <property name="pr" key="priority" datatype="string" required="false"/>
      <propertySet name="set"><propertyRef property="os"/><propertyRef property="fr"/><propertyRef property="pr"/></propertySet>
    </properties>
    <payloadProfiles/>
    <securities><security name="sec" policy="eDeliveryAS4Policy_BST.xml" signatureMethod="RSA_SHA256"/></securities>
    <errorHandlings><errorHandling name="eh" errorAsResponse="true" businessErrorNotifyProducer="true"
      businessErrorNotifyConsumer="true" deliveryFailureNotifyProducer="true"/></errorHandlings>
    <agreements><agreement name="agr" value="transit:1.0" type="urn:agreement:type"/></agreements>
    <services><service name="transit" value="urn:test:transit"/><service name="odd" value="odd" type="oddities"/></services>
    <actions><action name="release" value="Release"/><action name="ask" value="Ask"/></actions>
    <as4>
      <receptionAwareness name="ra" retry="12;4;CONSTANT" duplicateDetection="true"/>
      <receptionAwareness name="never" retry="" duplicateDetection="false"/>
      <reliability name="nr" replyPattern="response" nonRepudiation="true"/>
      <reliability name="none" replyPattern="response" nonRepudiation="false"/>
    </as4>
    <legConfigurations>
      <legConfiguration name="release" service="transit" action="release" defaultMpc="main" reliability="nr" security="sec"
        receptionAwareness="ra" propertySet="set" errorHandling="eh" compressPayloads="true"/>
      <legConfiguration name="ask" service="odd" action="ask" defaultMpc="main" reliability="none" security="sec"
        receptionAwareness="never" errorHandling="eh" compressPayloads="false"/>
    </legConfigurations>
    <process name="transit" agreement="agr" mep="twoway" binding="both" initiatorRole="snd" responderRole="rcv">
      <initiatorParties><initiatorParty name="minsk_gw"/><initiatorParty name="astana_gw"/></initiatorParties>
      <responderParties><responderParty name="minsk_gw"/><responderParty name="astana_gw"/></responderParties>
      <legs><leg name="release"/><leg name="ask"/></legs>
    </process>
    <process name="north" agreement="agr" mep="oneway" binding="push" initiatorRole="snd" responderRole="rcv">
      <initiatorParties><initiatorParty name="minsk_gw"/></initiatorParties>
      <responderParties><responderParty name="oslo_gw"/></responderParties>
      <legs><leg name="release"/></legs>
    </process>
  </businessProcesses>
</cfg:configuration>
"""
