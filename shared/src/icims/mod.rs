//! iCIMS: client, wire and event notifications. Its words stay in here.
